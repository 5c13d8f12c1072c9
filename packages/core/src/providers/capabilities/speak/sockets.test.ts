import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { JsonObject } from '../../../json.ts'
import { only } from '../capabilities.testing.ts'
import { proof } from './edge.ts'

const running: { close(): void }[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.close()
})

interface Seen {
  url: string
  headers: Record<string, string | string[] | undefined>
  frames: string[]
}

/** A vendor that speaks over WebSockets; `refuse` answers the first calls with that status. */
async function serve(onFrame: (socket: WebSocket, text: string) => void, refuse: number[] = []) {
  const seen: Seen[] = []
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, stream, head) => {
    const frames: string[] = []
    seen.push({ url: request.url ?? '', headers: request.headers, frames })
    const status = refuse.shift()
    if (status !== undefined) {
      const body = '{"error":{"message":"Not now"}}'
      stream.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)
      return
    }
    sockets.handleUpgrade(request, stream, head, socket => {
      socket.on('message', data => {
        frames.push(String(data))
        onFrame(socket, String(data))
      })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  running.push({
    close() {
      for (const client of sockets.clients) client.terminate()
      server.close()
    },
  })
  return { base: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const sound = (head: string, bytes: string) => {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(head.length)
  return Buffer.concat([length, Buffer.from(head), Buffer.from(bytes)])
}

describe('Edge', () => {
  const speak = (base: string, text = 'Hello <you>', more: JsonObject = {}) =>
    only({ type: 'edge_tts', api_base: base, rate: '+10%', ...more }).speak('p', text)
  const answer = (socket: WebSocket, text: string) => {
    if (!text.includes('Path:ssml')) return
    socket.send('Path:turn.start\r\n\r\n{}')
    socket.send(sound('Path:audio.metadata\r\n', 'no sound'))
    socket.send(sound('X-RequestId:1\r\nContent-Type:audio/mpeg\r\nPath:audio\r\n', 'ab'))
    socket.send(sound('Path:audio\r\n', 'cd'))
    socket.send('X-RequestId:1\r\nPath:turn.end\r\n\r\n{}')
  }

  test('speaks', async () => {
    const { base, seen } = await serve(answer)
    const { bytes, mediaType } = await speak(base)
    expect([Buffer.from(bytes).toString(), mediaType]).toEqual(['abcd', 'audio/mpeg'])
    expect(seen[0]?.url).toMatch(
      /^\/edge\/v1\?TrustedClientToken=\w+&Sec-MS-GEC=[0-9A-F]{64}&.*ConnectionId=[0-9a-f]{32}$/,
    )
    expect(seen[0]?.frames[0]).toContain('audio-24khz-48kbitrate-mono-mp3')
    expect(seen[0]?.frames[1]).toMatch(/zh-CN-XiaoxiaoNeural.*rate="\+10%".*Hello &#60;you&#62;/s)
  })

  test('speaks long texts in parts', async () => {
    const { base, seen } = await serve(answer)
    const text = '这是一个很长的句子，它有很多字。'.repeat(200)
    await speak(base, text)
    expect(seen.length).toBeGreaterThan(2)
    const said = seen.map(({ frames }) => /">([^<]+)<\/prosody>/.exec(frames[1] ?? '')?.[1])
    expect(said.join('')).toBe(text)
  })

  test('its proof is that of the five minutes', () => {
    const now = Date.UTC(2026, 6, 6, 4, 1)
    expect(proof(now)).toMatch(/^[0-9A-F]{64}$/)
    expect(proof(now)).toBe(proof(now + 200_000))
    expect(proof(now)).not.toBe(proof(now + 300_000))
  })

  test.each([
    ['silence', () => {}, 'provider_timeout', 0.3],
    ['an end without sound', (socket: WebSocket) => socket.send('Path:turn.end\r\n\r\n{}'), 'provider_failed'],
    ['a connection that breaks', (socket: WebSocket) => socket.terminate(), 'provider_failed'],
  ])('%s is an error', async (_name, onFrame, code, timeout = 20) => {
    const { base } = await serve(onFrame)
    await expect(speak(base, 'Hello', { timeout })).rejects.toMatchObject({ code })
  })

  test('a refusal is told, a passing one is not noticed, and an abort ends it', async () => {
    const { base } = await serve(answer, [403, 503])
    await expect(speak(base)).rejects.toMatchObject({
      code: 'provider_auth_failed',
      data: { cause: 'HTTP 403: Not now' },
    })
    expect((await speak(base)).mediaType).toBe('audio/mpeg')
    const reason = new DOMException('stopped', 'AbortError')
    const provider = only({ type: 'edge_tts', api_base: base })
    await expect(provider.speak('p', 'x', AbortSignal.abort(reason))).rejects.toBe(reason)
    await expect(speak('ws://127.0.0.1:9')).rejects.toMatchObject({ code: 'provider_unreachable' })
    await expect(speak('ws://169.254.169.254')).rejects.toMatchObject({ code: 'invalid_host' })
  })
})

describe('CosyVoice', () => {
  const speak = (base: string, more: JsonObject = {}) =>
    only({ type: 'dashscope_tts', api_key: 'k', model: 'cosyvoice-v1', api_base: base, ...more }).speak('p', 'Hello')
  const event = (name: string, more: object = {}) => JSON.stringify({ header: { event: name, ...more }, payload: {} })

  test('speaks', async () => {
    const { base, seen } = await serve((socket, text) => {
      const { action } = JSON.parse(text).header
      if (action === 'run-task') socket.send(event('task-started'))
      if (action !== 'finish-task') return
      socket.send(Buffer.from('ab'))
      socket.send(event('result-generated'))
      socket.send(Buffer.from('cd'))
      socket.send(event('task-finished'))
    })
    expect(Buffer.from((await speak(base)).bytes).toString()).toBe('abcd')
    expect(seen[0]).toMatchObject({ url: '/api-ws/v1/inference', headers: { authorization: 'Bearer k' } })
    const frames = seen[0]?.frames.map(frame => JSON.parse(frame)) ?? []
    expect(frames.map(({ header }) => header.action)).toEqual(['run-task', 'continue-task', 'finish-task'])
    expect(frames[0].payload).toMatchObject({ model: 'cosyvoice-v1', parameters: { voice: 'loongstella' } })
    expect(frames[1].payload.input).toEqual({ text: 'Hello' })
    expect(new Set(frames.map(({ header }) => header.task_id)).size).toBe(1)
  })

  test.each([
    [event('task-failed', { error_code: 'InvalidParameter', error_message: 'no such voice' }), 'no such voice'],
    ['no JSON', 'Not JSON'],
  ])('fails with %s', async (frame, words) => {
    const { base } = await serve(socket => socket.send(frame))
    await expect(speak(base)).rejects.toMatchObject({
      code: 'provider_failed',
      data: { cause: expect.stringContaining(words) },
    })
  })
})
