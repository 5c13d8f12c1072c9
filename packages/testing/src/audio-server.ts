import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listening } from './listening.ts'

/** A request for speech or for its text, as the server saw it. */
export interface SeenAudio {
  kind: 'heard' | 'spoke'
  text: string
  /** Bytes of the recording. */
  bytes: number
  outcome: 'open' | 'finished' | 'client-gone'
}

export interface AudioServer {
  /** An OpenAI base URL is this plus `/v1`. */
  url: string
  /** Oldest first. */
  seen: SeenAudio[]
  stop(): Promise<void>
}

/** Sound in which `text` is spoken, as the server hears it: its letters are the samples. */
export function soundOf(text: string): Buffer {
  const letters = Buffer.from(text)
  return letters.length % 2 === 0 ? letters : Buffer.concat([letters, Buffer.from(' ')])
}

/** What is spoken in the sound that the server has made. */
export function textIn(sound: Uint8Array): string {
  const file = Buffer.from(sound)
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 36, 40) !== 'data')
    throw new Error('the sound is no WAV file')
  return file.toString('utf8', 44, 44 + file.readUInt32LE(40))
}

/**
 * Starts a server on 127.0.0.1 that speaks OpenAI's audio API. `{wait 200}` in what it is to hear or speak makes it
 * take so many milliseconds, `{deaf}` makes it fail to hear, `{mute}` to speak.
 */
export async function startAudioServer(): Promise<AudioServer> {
  const seen: SeenAudio[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bytesOf(request)
    const hears = request.url?.endsWith('/audio/transcriptions') === true
    if (!hears && request.url?.endsWith('/audio/speech') !== true) return reply(response, 404, { error: 'not found' })
    const wav = hears ? body.subarray(body.indexOf('RIFF')) : Buffer.alloc(0)
    const text = hears ? textIn(wav).trim() : String((JSON.parse(body.toString()) as { input?: unknown }).input)
    const entry: SeenAudio = { kind: hears ? 'heard' : 'spoke', text, bytes: wav.length, outcome: 'open' }
    seen.push(entry)
    response.on('close', () => {
      entry.outcome = response.writableFinished ? 'finished' : 'client-gone'
    })
    const wait = Number(/\{wait (\d+)\}/.exec(text)?.[1] ?? 0)
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
    if (text.includes(hears ? '{deaf}' : '{mute}'))
      return reply(response, 400, { error: { message: 'The sound card is on fire' } })
    if (hears) return reply(response, 200, { text })
    response.writeHead(200, { 'content-type': 'audio/wav' }).end(wavOf(soundOf(text)))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => reply(response, 500, { error: { message: String(error) } }))
  })
  return {
    ...(await listening(server)),
    seen,
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function wavOf(sound: Buffer): Buffer {
  const header = Buffer.from('RIFF....WAVEfmt ................data....', 'latin1')
  const all = Buffer.concat([header, Buffer.alloc(44 - header.length), sound])
  all.write('data', 36, 'latin1')
  all.writeUInt32LE(sound.length, 40)
  return all
}
