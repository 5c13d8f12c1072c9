import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { messagesOf, storedText } from './support/chat.ts'
import { TestServer } from './support/server.ts'
import { type Frame, spelt, TestSocket } from './support/socket.ts'

// Slow readers, many turns at once, the end of the server.

const isEnd = ({ type }: Frame) => type === 'end'
const keySocket = (server: TestServer, headers: Record<string, string> = {}) =>
  TestSocket.open(server, 'openChatWebSocket', { headers: { 'x-api-key': server.keys.key.api_key, ...headers } })

/** Opens a socket by hand, sends a frame, and reads nothing until told. */
async function slowReader(server: TestServer, frame: object) {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  const key = server.keys.key.api_key
  socket.write(
    `GET /api/v1/chat/ws?api_key=${key} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
      'Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  await new Promise(resolve => socket.once('readable', resolve))
  const text = Buffer.from(JSON.stringify(frame))
  const head = Buffer.from([0x81, 0x80 | 126, text.length >> 8, text.length & 255, 0, 0, 0, 0])
  socket.write(Buffer.concat([head, text]))
  return {
    socket,
    /** Reads until the last frame is `end`. */
    async rest(): Promise<Frame[]> {
      const chunks: Buffer[] = []
      for await (const chunk of socket) {
        chunks.push(chunk as Buffer)
        if ((chunk as Buffer).includes('"type":"end"')) break
      }
      return textFrames(Buffer.concat(chunks))
    },
  }
}

/** The JSON of unmasked text frames after the head of the answer. */
function textFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  let at = bytes.indexOf('\r\n\r\n') + 4
  while (at + 2 <= bytes.length) {
    let length = (bytes[at + 1] ?? 0) & 127
    let from = at + 2
    if (length === 126) {
      length = bytes.readUInt16BE(from)
      from += 2
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(from))
      from += 8
    }
    if (((bytes[at] ?? 0) & 15) === 1) frames.push(JSON.parse(bytes.toString('utf8', from, from + length)) as Frame)
    at = from + length
  }
  return frames
}

describe('a slow reader', () => {
  it('gets every event in the end, and the server does not keep frames for it', async () => {
    await using server = await TestServer.start({ env: { ASTRBOT_HEARTBEAT_MS: '10000' } })
    const tokens = 40_000
    const reader = await slowReader(server, {
      username: 'alice',
      session_id: 'slow',
      message: `[[slow ${tokens} 0]]`,
      message_id: 'slow',
    })
    // The run ends although nobody reads.
    const done = async () => (await messagesOf(server, 'slow')).length === 2
    await expect.poll(done, { timeout: 20_000, interval: 200 }).toBe(true)
    const frames = await reader.rest()
    reader.socket.destroy()
    expect(frames.at(-1)?.type).toBe('end')
    const numbers = frames.map(({ id }) => Number(id?.split(':')[1]))
    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
    expect(spelt(frames)).toBe(storedText((await messagesOf(server, 'slow'))[1]))
  }, 90_000)
})

describe('many at once', () => {
  it('50 sockets with two turns each get what is theirs', async () => {
    await using server = await TestServer.start()
    const one = async (n: number) => {
      await using socket = await keySocket(server)
      for (const turn of ['a', 'b']) {
        const message = `[[slow 1 2]] [[say ${`answer ${n}${turn} `.repeat(10)}]]`
        socket.send({ username: `user${n}`, session_id: `many-${n}-${turn}`, message, message_id: turn })
      }
      await socket.next(isEnd, 20_000)
      await socket.next(isEnd, 20_000)
      return ['a', 'b'].map(turn => spelt(socket.frames.filter(({ message_id }) => message_id === turn)).trim())
    }
    const said = await Promise.all(Array.from({ length: 50 }, (_, n) => one(n)))
    const wanted = said.map((_, n) => ['a', 'b'].map(turn => `answer ${n}${turn} `.repeat(10).trim()))
    expect(said).toEqual(wanted)
  }, 30_000)
})

describe('the end of the server', () => {
  it('idle sockets are closed with 1001 at once, others when their turn is told', async () => {
    await using server = await TestServer.start()
    await using idle = await keySocket(server)
    await using busy = await keySocket(server)
    busy.send({ username: 'alice', session_id: 'last', message: '[[slow 20 30]]', message_id: 'last' })
    await busy.next(({ type }) => type === 'plain')
    const stopped = server.restart(8000)
    expect(await idle.closing()).toMatchObject({ code: 1001 })
    expect(busy.closed).toBeUndefined()
    expect(await busy.refused({ username: 'alice', message: 'one more' })).toMatchObject({
      code: 'PROCESSING_ERROR',
      data: 'The server is shutting down',
    })
    await busy.next(isEnd)
    expect(await busy.closing()).toMatchObject({ code: 1001 })
    await stopped
    expect(storedText((await messagesOf(server, 'last'))[1])).toBe(spelt(busy.frames))
  })

  it('a turn that does not end in time is cut off, told, and the socket closed; a silent reader is cut', async () => {
    await using server = await TestServer.start()
    await using busy = await keySocket(server)
    const silent = await slowReader(server, { username: 'bob', session_id: 's', message: '[[slow 400 20]]' })
    busy.send({ username: 'alice', session_id: 'cut', message: '[[slow 400 20]]', message_id: 'cut' })
    await busy.next(({ type }) => type === 'plain')
    await server.restart(0)
    expect(await busy.closing()).toMatchObject({ code: 1001 })
    expect(busy.frames.filter(({ type }) => type === 'error')).toMatchObject([{ code: 'interrupted' }])
    expect(busy.frames.at(-1)).toMatchObject({ type: 'end' })
    silent.socket.destroy()
  })
})
