import { createHash, randomUUID } from 'node:crypto'
import type { Adapter } from '../adapter.ts'
import type { Talk } from '../socket.ts'
import type { Speech } from './speech.ts'
import { xml } from './xml.ts'

// What Microsoft's browser says to its own service for reading pages aloud.
const token = '6A5AA1D4EAFF4E9FB37E23D68491D6F4'
const browser = '130.0.2849.68'
const service = 'wss://speech.platform.bing.com/consumer/speech/synthesize/readaloud'
const headers = {
  origin: 'chrome-extension://jdiccldimpdaibmpdkjnbmckianbfold',
  'user-agent': `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.split('.')[0]}.0.0.0 Safari/537.36 Edg/${browser.split('.')[0]}.0.0.0`,
}

/** Bytes of text that one call takes. */
const mostBytes = 3000

/** Edge's voices: free, and without a key. */
export async function edge(adapter: Adapter, text: string): Promise<Speech> {
  const pieces: Uint8Array[] = []
  for (const part of partsOf(text)) {
    const address = `${adapter.base('api_base', service)}/edge/v1`
    const query = `TrustedClientToken=${token}&Sec-MS-GEC=${proof(Date.now())}&Sec-MS-GEC-Version=1-${browser}`
    const { body } = await adapter.ask('api_key', () => ({
      url: `${address}?${query}&ConnectionId=${plainId()}`,
      headers,
      talk: talkOf(adapter, part),
    }))
    pieces.push(body)
  }
  return { bytes: Buffer.concat(pieces), mediaType: 'audio/mpeg' }
}

function talkOf(adapter: Adapter, text: string): Talk {
  const voice = adapter.text('edge-tts-voice', 'zh-CN-XiaoxiaoNeural')
  const prosody = ['pitch', 'rate', 'volume'].map(name => `${name}="${xml(adapter.text(name, defaults[name]))}"`)
  const ssml =
    `<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US"><voice name="${xml(voice)}">` +
    `<prosody ${prosody.join(' ')}>${xml(text)}</prosody></voice></speak>`
  const time = new Date().toString()
  const audio = {
    metadataoptions: { sentenceBoundaryEnabled: 'false', wordBoundaryEnabled: 'false' },
    outputFormat: 'audio-24khz-48kbitrate-mono-mp3',
  }
  const config = JSON.stringify({ context: { synthesis: { audio } } })
  return {
    opening: [
      `X-Timestamp:${time}\r\nContent-Type:application/json; charset=utf-8\r\nPath:speech.config\r\n\r\n${config}\r\n`,
      `X-RequestId:${plainId()}\r\nContent-Type:application/ssml+xml\r\nX-Timestamp:${time}Z\r\nPath:ssml\r\n\r\n${ssml}`,
    ],
    read(frame, { keep }) {
      if (typeof frame === 'string') return /^Path:turn\.end/m.test(frame)
      // Two bytes tell how long the head is.
      const head = frame.length >= 2 ? frame.readUInt16BE(0) : 0
      if (/Path:audio\s*$/m.test(frame.toString('latin1', 2, 2 + head))) keep(frame.subarray(2 + head))
      return false
    },
  }
}

const defaults: Readonly<Record<string, string>> = { pitch: '+0Hz', rate: '+0%', volume: '+0%' }

/** What the service takes for the browser's proof: the time, in pieces of five minutes since 1601. */
export function proof(now: number): string {
  const seconds = BigInt(Math.floor(now / 1000)) + 11_644_473_600n
  const ticks = (seconds - (seconds % 300n)) * 10_000_000n
  return createHash('sha256').update(`${ticks}${token}`).digest('hex').toUpperCase()
}

/** A text in parts that are short enough, cut where sentences or words end. */
function partsOf(text: string): string[] {
  const parts: string[] = []
  for (const piece of text.match(/[^。！？.!?\n]{1,700}[。！？.!?\n]*|[。！？.!?\n]+/gu) ?? []) {
    const last = parts.at(-1)
    if (last !== undefined && Buffer.byteLength(last + piece) <= mostBytes) parts[parts.length - 1] = last + piece
    else parts.push(piece)
  }
  return parts
}

const plainId = () => randomUUID().replaceAll('-', '')
