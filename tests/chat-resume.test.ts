import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, messagesOf, storedError, storedText, turn } from './support/chat.ts'
import { EventReader, eventOf, kinds, position, type Received, textOf } from './support/events.ts'
import { TestServer } from './support/server.ts'

// A run outlives its connections: cut ones, second ones, slow ones, and the server's own end.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

const seqs = (received: readonly Received[]) => received.map(event => position(event).seq)
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, i) => from + i)

/** Starts a turn of the key's user and leaves after an event. */
async function begin(json: Readonly<Record<string, unknown>>, leaveAfter: string) {
  const stream = await server.stream('sendChatMessage', { as: 'key', json: { username: 'alice', ...json } })
  const last = await stream.until(({ event }) => event.type === 'plain' && event.data.trim() === leaveAfter)
  const run_id = eventOf(stream.received, 'run_started').data.run_id
  return { stream, run_id, last, seen: () => stream.received.slice(0, stream.received.indexOf(last) + 1) }
}

/** What the run's log holds, once it is over. */
async function whole(run_id: string): Promise<Received[]> {
  const stream = await server.stream('resumeChatRun', { as: 'key', params: { run_id }, query: { after: 0 } })
  return stream.rest()
}

describe('resuming', () => {
  it('after a cut connection every event comes once, over several cuts', async () => {
    const { stream, run_id, last, seen } = await begin({ message: '[[slow 30 15]]' }, 'w3')
    stream.close()
    const got = [...seen()]
    let id = last.id
    for (const word of ['w9', 'w15', 'w16']) {
      const next = await server.stream('resumeChatRun', {
        as: 'key',
        params: { run_id },
        headers: { 'last-event-id': id },
      })
      const until = await next.until(({ event }) => event.type === 'plain' && event.data === ` ${word}`)
      got.push(...next.received.slice(0, next.received.indexOf(until) + 1))
      id = until.id
      next.close()
    }
    const end = await server.stream('resumeChatRun', {
      as: 'key',
      params: { run_id },
      headers: { 'last-event-id': id },
    })
    got.push(...(await end.rest()))
    expect(got.map(({ id, event }) => ({ id, event }))).toEqual(
      (await whole(run_id)).map(({ id, event }) => ({ id, event })),
    )
    expect(seqs(got)).toEqual(upTo(got.length))
    expect(kinds(got)).toMatch(/^session_id user_message_saved .*end$/)
    expect(textOf(got)).toBe(Array.from({ length: 30 }, (_, i) => `w${i}`).join(' '))
  })

  it('by number, from the middle or the start, also when the run is over', async () => {
    const events = await turn(server, { message: '[[slow 10 1]]' })
    const run_id = eventOf(events, 'run_started').data.run_id
    const seqsAfter = async (number: number) => {
      const stream = await server.stream('resumeChatRun', { as: 'key', params: { run_id }, query: { after: number } })
      return seqs(await stream.rest())
    }
    const last = events.length
    expect(await seqsAfter(0)).toEqual(upTo(last))
    expect(await seqsAfter(5)).toEqual(upTo(last, 6))
    expect(await seqsAfter(last - 1)).toEqual([last])
    expect(await seqsAfter(last)).toEqual([])
  })

  it('`Last-Event-ID` wins over `after`', async () => {
    const events = await turn(server, { message: 'hi' })
    const run_id = eventOf(events, 'run_started').data.run_id
    const headers = { 'last-event-id': `${run_id}:3` }
    const stream = await server.stream('resumeChatRun', { as: 'key', params: { run_id }, query: { after: 0 }, headers })
    expect(seqs(await stream.rest())[0]).toBe(4)
  })

  it('without a position a snapshot comes first, then what follows it', async () => {
    const { stream, run_id } = await begin({ message: '[[slow 30 15]]' }, 'w7')
    const again = await server.stream('resumeChatRun', { as: 'key', params: { run_id } })
    const events = await again.rest()
    const snapshot = eventOf(events, 'run_snapshot').data
    expect(snapshot).toMatchObject({ run_id, status: 'running' })
    expect(position(events[0] ?? { id: '' }).seq).toBe(snapshot.revision)
    expect(seqs(events)).toEqual(upTo(snapshot.revision + events.length - 1, snapshot.revision))
    expect(storedText(snapshot) + textOf(events)).toBe(textOf(await stream.rest()))
    const late = await server.call('resumeChatRun', { as: 'key', params: { run_id } })
    expect(late).toMatchObject({ status: 404, error: { code: 'run_unavailable' } })
  })

  it('is for those whose run it is', async () => {
    const { stream, run_id } = await begin({ message: '[[slow 20 20]]' }, 'w1')
    const statusOf = async (as: 'token' | 'otherKey' | 'key', query: Record<string, string> = {}) =>
      (await server.call('resumeChatRun', { as, params: { run_id }, query })).status
    expect(await statusOf('otherKey')).toBe(404)
    expect(await statusOf('otherKey', { username: 'alice' })).toBe(404)
    expect(await statusOf('token')).toBe(404)
    expect(await statusOf('key', { username: 'bob' })).toBe(404)
    expect(await statusOf('key', { username: 'alice', after: '0' })).toBe(200)
    const foreign = { 'last-event-id': 'another-run:3' }
    expect((await server.call('resumeChatRun', { as: 'key', params: { run_id }, headers: foreign })).status).toBe(404)
    stream.close()
  })
})

describe('readers', () => {
  it('two of one run get the same', async () => {
    const { stream, run_id } = await begin({ message: '[[slow 20 10]]' }, 'w2')
    const second = await server.stream('resumeChatRun', { as: 'key', params: { run_id }, query: { after: 0 } })
    const [one, two] = await Promise.all([stream.rest(), second.rest()])
    expect(two.map(({ id, event }) => ({ id, event }))).toEqual(one.map(({ id, event }) => ({ id, event })))
  })

  it('one that leaves does not stop the run', async () => {
    const { stream } = await begin({ session_id: 'left', message: '[[slow 30 10]]' }, 'w0')
    stream.close()
    const isRunning = async () =>
      (await server.call('getChatSession', { as: 'key', params: { session_id: 'left' } })).data.is_running
    expect(await isRunning()).toBe(true)
    await eventually(async () => !(await isRunning()))
    const [, bot] = await messagesOf(server, 'left')
    expect(storedText(bot)).toMatch(/^w0 .* w29$/)
  })

  it('one that reads a byte now and then loses nothing and holds nobody up', { timeout: 30_000 }, async () => {
    const { session_id } = (await server.call('createChatSession', { as: 'key', query: { username: 'alice' } })).data
    // More than the sockets between the two can hold.
    const tokens = 40_000
    const body = JSON.stringify({
      username: 'alice',
      session_id,
      message: 'go',
      selected_model: `t${tokens}d0`,
    })
    const { hostname, port } = new URL(server.url)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.write(
      `POST /api/v1/chat HTTP/1.1\r\nHost: ${hostname}\r\nX-API-Key: ${server.keys.key.api_key}\r\nConnection: close\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
    const chunks: Buffer[] = []
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('end', resolve)
      let sips = 0
      const sip = () => {
        const byte: Buffer | null = socket.read(1)
        if (byte) chunks.push(byte)
        if (sips++ < 150) setTimeout(sip, 10)
        else socket.on('data', chunk => chunks.push(chunk))
      }
      socket.once('readable', sip)
      // The run is over, and stored, while its reader has seen next to nothing.
      eventually(async () => (await messagesOf(server, session_id)).length === 2, 15_000)
        .then(() => expect(chunks.length).toBeLessThan(200))
        .catch(reject)
    })
    const events = new EventReader().push(unchunked(Buffer.concat(chunks)))
    expect(seqs(events)).toEqual(upTo(events.length))
    expect(events.filter(({ event }) => event.type === 'plain')).toHaveLength(tokens)
    expect(events.at(-1)?.event.type).toBe('end')
  })
})

describe('a restart', () => {
  it('cuts a turn off cleanly: what was said is kept, marked, and can be followed to its end', async () => {
    await using other = await TestServer.start()
    const json = { username: 'alice', session_id: 'cut', message: '[[slow 500 20]]' }
    const stream = await other.stream('sendChatMessage', { as: 'key', json })
    const last = await stream.until(({ event }) => event.type === 'plain' && event.data === ' w5')
    const { run } = position(last)
    await other.restart(0)
    const before = await stream.rest()
    expect(kinds(before)).toMatch(/plain (complete )?message_saved error end$/)
    expect(eventOf(before, 'error').code).toBe('interrupted')

    const headers = { 'last-event-id': last.id }
    const after = await other.stream('resumeChatRun', { as: 'key', params: { run_id: run }, headers })
    expect((await after.rest()).map(({ id }) => id)).toEqual(before.slice(position(last).seq).map(({ id }) => id))
    const [user, bot] = await messagesOf(other, 'cut')
    expect(storedText(user)).toBe(json.message)
    expect(storedText(bot)).toBe(textOf(before))
    expect(storedError(bot)).toBe('interrupted')

    const next = await turn(other, { session_id: 'cut', message: 'go on' })
    expect(textOf(next)).toBe('You said: go on')
    const all = other.models.seen.at(-1)?.body['messages'] as { role: string; content: string }[]
    const asked = all.filter(({ role }) => role !== 'system')
    expect(asked.map(({ role }) => role).slice(0, 2)).toEqual(['user', 'assistant'])
    expect(asked[1]?.content).toBe(textOf(before))
  })

  it('lets a turn finish that needs a moment', async () => {
    await using other = await TestServer.start()
    const sent = turn(other, { session_id: 'patient', message: '[[slow 20 20]]' })
    await eventually(() => other.models.seen.length === 1)
    await other.restart(5000)
    expect(kinds(await sent)).toMatch(/complete message_saved end$/)
    expect((await messagesOf(other, 'patient'))[1]?.content).not.toHaveProperty('error')
  })
})

/** The body of an HTTP answer whose chunks carry their sizes. */
function unchunked(answer: Buffer): string {
  let rest = answer.subarray(answer.indexOf('\r\n\r\n') + 4)
  const parts: Buffer[] = []
  for (;;) {
    const at = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.subarray(0, at).toString(), 16)
    if (!(size > 0)) return Buffer.concat(parts).toString()
    parts.push(rest.subarray(at + 2, at + 2 + size))
    rest = rest.subarray(at + 2 + size + 2)
  }
}
