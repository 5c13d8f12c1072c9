import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { createClient } from '../client.ts'
import { openVoice, type VoiceOptions } from './index.ts'
import { soundBytes } from './sound.ts'

const unhandled: unknown[] = []
const note = (error: unknown) => unhandled.push(error)
beforeAll(() => process.on('unhandledRejection', note))
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

type Frame = { t: string; [field: string]: unknown }
type Say = (frame: object) => void

const b64 = (text: string) => Buffer.from(text).toString('base64')

/** What a server answers to one turn. */
function answer(say: Say, heard: string): void {
  say({ t: 'metrics', data: { input_type: 'audio' } })
  say({ t: 'user_msg', data: { text: heard, ts: 1 } })
  say({ t: 'bot_text_chunk', data: { text: 'One. ' } })
  say({ t: 'response', data: b64('sound 1') })
  say({ t: 'bot_text_chunk', data: { text: 'Two.' } })
  say({ t: 'response', data: b64('sound 2') })
  say({ t: 'end' })
  say({ t: 'metrics', data: { wav_to_tts_total_time: 2 } })
}

/** A server that hears what is said, and answers by the script. */
async function pair(
  script: (frame: Frame, say: Say, socket: WebSocket, heard: string) => void,
  options: VoiceOptions = {},
) {
  const http = createServer((_, response) =>
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"status":"ok","data":{}}'),
  )
  const sockets = new WebSocketServer({ server: http })
  const frames: Frame[] = []
  const urls: string[] = []
  sockets.on('connection', (socket, request) => {
    urls.push(request.url ?? '')
    let sound = ''
    socket.on('message', data => {
      const frame: Frame = JSON.parse(String(data))
      if (frame.t === 'ping') return socket.send('{"t":"pong"}')
      frames.push(frame)
      if (frame.t === 'start_speaking') sound = ''
      if (frame.t === 'speaking_part') sound += Buffer.from(String(frame.data), 'base64').toString()
      script(frame, answer => socket.send(JSON.stringify(answer)), socket, sound)
    })
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const client = createClient({ baseUrl, apiKey: 'abk_1', username: 'ada', retryDelay: () => 2, idleTimeout: 300 })
  const voice = openVoice(client, options)
  return {
    client,
    voice,
    frames,
    urls,
    async [Symbol.asyncDispose]() {
      await voice.close()
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      http.closeAllConnections()
      await new Promise(resolve => http.close(resolve))
    },
  }
}

const bytes = (text: string) => new TextEncoder().encode(text)

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('a voice session', () => {
  it('says what was recorded and hands over the spoken answer', async () => {
    await using it = await pair((frame, say, _, heard) => {
      if (frame.t === 'end_speaking') answer(say, heard)
    })
    const turn = it.voice.speak(bytes('hello'))
    expect((await all(turn.audio)).map(sound => new TextDecoder().decode(sound))).toEqual(['sound 1', 'sound 2'])
    expect(await turn.final()).toMatchObject({ heard: 'hello', text: 'One. Two.', sounds: 2, interrupted: false })
    expect((await all(turn)).map(({ t }) => t).filter(t => t !== 'metrics')).toEqual([
      'user_msg',
      'bot_text_chunk',
      'response',
      'bot_text_chunk',
      'response',
      'end',
    ])
    await expect
      .poll(async () => (await turn.final()).metrics)
      .toEqual({ input_type: 'audio', wav_to_tts_total_time: 2 })
    expect(it.urls).toEqual(['/api/v1/live/ws?api_key=abk_1&ct=live&username=ada'])
    const [start, , end] = it.frames
    expect(end?.stamp).toBe(start?.stamp)
  })

  it('takes sound piece by piece, and turns one after the other', async () => {
    let busy = false
    await using it = await pair((frame, say, _, heard) => {
      if (frame.t !== 'end_speaking' && frame.t !== 'text_input') return
      if (busy) say({ t: 'error', data: 'Session is busy', code: 'PROCESSING_ERROR' })
      busy = true
      setTimeout(() => {
        busy = false
        answer(say, heard)
      }, 20)
    })
    const utterance = it.voice.listen()
    for (const piece of ['a', 'b', 'c']) utterance.write(bytes(piece))
    async function* pieces() {
      yield bytes('d')
      yield bytes('e')
    }
    const turns = [utterance.end(), it.voice.speak(pieces()), it.voice.say('in writing')]
    const answers = await Promise.all(turns.map(turn => turn.final()))
    expect(answers.map(({ heard }) => heard)).toEqual(['abc', 'de', 'de'])
  })

  it('is interrupted, on servers that tell the end and on those that do not', async () => {
    for (const tells of [true, false]) {
      await using it = await pair((frame, say) => {
        if (frame.t === 'end_speaking') say({ t: 'bot_text_chunk', data: { text: 'Once upon' } })
        if (frame.t !== 'interrupt') return
        say({ t: 'stop_play' })
        if (tells) say({ t: 'end' })
      })
      const turn = it.voice.speak(bytes('story'))
      for await (const { t } of turn) if (t === 'bot_text_chunk') break
      await it.voice.interrupt()
      expect(await turn.final()).toMatchObject({ interrupted: true, text: 'Once upon' })
    }
  })

  it('says again what was being said when the connection broke', async () => {
    let breaks = 1
    await using it = await pair((frame, say, socket, heard) => {
      if (heard === 'one' && frame.t === 'speaking_part' && breaks-- > 0) socket.terminate()
      if (frame.t === 'end_speaking') answer(say, heard)
    })
    const utterance = it.voice.listen()
    utterance.write(bytes('one'))
    await expect.poll(() => it.urls.length).toBe(2)
    utterance.write(bytes(' two'))
    expect((await utterance.end().final()).heard).toBe('one two')
  })

  it('tells a broken turn, a lost and a silent one apart', async () => {
    await using it = await pair((frame, say, socket, heard) => {
      if (frame.t !== 'end_speaking') return
      if (heard === 'broken') say({ t: 'error', data: 'No ears', code: 'no_speech_to_text' })
      if (heard === 'lost') socket.terminate()
      if (heard === 'fine') answer(say, heard)
    })
    const turns = ['broken', 'lost', 'silent', 'fine'].map(text => it.voice.speak(bytes(text)).final())
    await expect(turns[0]).rejects.toMatchObject({ name: 'VoiceError', code: 'no_speech_to_text', message: 'No ears' })
    await expect(turns[1]).rejects.toMatchObject({ name: 'ConnectionError' })
    await expect(turns[2]).rejects.toMatchObject({ name: 'IdleTimeoutError' })
    expect(await turns[3]).toMatchObject({ heard: 'fine' })
  })

  it('keeps no more sound than allowed, and forgets what is cancelled', async () => {
    await using it = await pair(
      (frame, say, _, heard) => {
        if (frame.t === 'end_speaking') answer(say, heard)
      },
      { queueLimit: 900 },
    )
    const utterance = it.voice.listen()
    expect(() => {
      for (let i = 0; i < 9; i++) utterance.write(new Uint8Array(300))
    }).toThrow('too much is waiting')
    utterance.cancel()
    expect((await it.voice.speak(bytes('next')).final()).heard).toBe('next')
    await it.voice.close()
    await expect(it.voice.speak(bytes('late')).final()).rejects.toMatchObject({ code: 'not_sent' })
  })

  it('converts samples', () => {
    expect([...new Int16Array(soundBytes(new Float32Array([0, 1, -1, 2])).buffer as ArrayBuffer)]).toEqual([
      0, 32767, -32767, 32767,
    ])
    expect(soundBytes(new Int16Array([1, 2]))).toEqual(new Uint8Array([1, 0, 2, 0]))
  })
})
