import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelServer, startModelServer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Caller, type ChatStream } from './support/caller.ts'
import { storedError, storedText } from './support/chat.ts'
import { query } from './support/database.ts'
import { eventOf, kinds, position, type Received, textOf } from './support/events.ts'
import { random } from './support/random.ts'
import { password } from './support/secrets.ts'
import { modelEnvironment, writeConfig } from './support/server.ts'
import { ServerProcess } from './support/server-process.ts'

// A server process is killed while it chats, at moments that a seed decides, and started again on the same data.

const rounds = 16
const sessionsAtOnce = 4
/** What is streamed reaches the store within 250 ms; the rest is what a busy machine may add. */
const graceMs = 250 + 150
const seed = 20_260_706

let models: ModelServer
beforeAll(async () => {
  models = await startModelServer()
})
afterAll(() => models.stop())

/** A data folder with an account, and the token of its user. */
interface Home extends AsyncDisposable {
  dataDir: string
  headers: Record<string, string>
  start(): Promise<ServerProcess>
}

async function home(): Promise<Home> {
  const dataDir = await mkdtemp(join(tmpdir(), 'astrbot-crash-'))
  await writeConfig(dataDir)
  const start = () => ServerProcess.start(dataDir, modelEnvironment(models))
  await using server = await start()
  const { data } = await new Caller(server.url).call('login', { json: { username: 'astrbot', password } })
  return {
    dataDir,
    headers: { authorization: `Bearer ${data.token}` },
    start,
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  }
}

/** A turn as its caller saw it, up to the crash. */
interface Witnessed {
  session: string
  message: string
  received: Received[]
}

/** Chats until the connection breaks; sends the next message when an answer is complete. */
async function chat(
  url: string,
  headers: Home['headers'],
  session: string,
  seen: Witnessed[],
  next: () => number,
): Promise<void> {
  for (let count = 0; ; count++) {
    const message = `${session} question ${count} [[slow ${5 + Math.floor(next() * 60)} ${2 + Math.floor(next() * 12)}]]`
    let stream: ChatStream
    try {
      stream = await new Caller(url).stream('sendChatMessage', { headers, json: { session_id: session, message } })
    } catch {
      return
    }
    // The same list that the stream fills: what came before the connection broke is kept.
    seen.push({ session, message, received: stream.received })
    try {
      await stream.rest()
    } catch {
      return
    }
    if (stream.received.at(-1)?.event.type !== 'end') return
  }
}

/** Holds what a caller saw against what the server has after its restart. */
async function verify(
  url: string,
  headers: Home['headers'],
  { session, message, received }: Witnessed,
  killedAt: number,
): Promise<string> {
  const saved = received.find(({ event }) => event.type === 'user_message_saved')
  if (!saved) return 'unsaved'
  const client = new Caller(url)
  const { data } = await client.call('getChatSession', { headers, params: { session_id: session } })
  expect(data.is_running).toBe(false)
  expect(data.active_runs).toEqual([])
  const { id, llm_checkpoint_id } = eventOf(received, 'user_message_saved').data
  const question = data.history.find(row => row.id === id)
  expect(storedText(question)).toBe(message)
  const answers = data.history.filter(row => row.llm_checkpoint_id === llm_checkpoint_id && row.sender_id === 'bot')
  expect(answers, `answers to ${message}`).toHaveLength(1)

  const certain = textOf(received.filter(({ at }) => at < killedAt - graceMs))
  const said = storedError(answers[0]) === undefined || certain !== '' ? storedText(answers[0]) : ''
  expect(said.startsWith(certain), `kept ${JSON.stringify(said)}, seen ${JSON.stringify(certain)}`).toBe(true)
  if (received.at(-1)?.event.type === 'end') {
    expect(said).toBe(textOf(received))
    expect(storedError(answers[0])).toBeUndefined()
    return 'complete'
  }
  const rest = await resumed(client, headers, received)
  if (storedError(answers[0]) === 'interrupted') {
    const seen = textOf(received)
    expect(seen.startsWith(said) || said.startsWith(seen)).toBe(true)
    return 'interrupted'
  }
  expect(storedError(answers[0])).toBeUndefined()
  const retold = rest.find(({ event }) => event.type === 'complete')?.event.data
  expect([textOf(received) + textOf(rest), retold]).toContain(said)
  return 'completed unseen'
}

/** A caller that lost its stream goes on after the last event it saw, and reaches the end. */
async function resumed(client: Caller, headers: Home['headers'], received: Received[]): Promise<Received[]> {
  const last = received.at(-1)
  if (!last) return []
  const { run, seq } = position(last)
  const stream = await client.stream('resumeChatRun', {
    headers: { ...headers, 'last-event-id': last.id },
    params: { run_id: run },
  })
  const rest = await stream.rest()
  expect(rest.at(-1)?.event.type, `after ${kinds(received)}`).toBe('end')
  const numbers = rest.map(event => position(event).seq)
  expect(numbers.every((number, i) => number > (numbers[i - 1] ?? seq))).toBe(true)
  return rest
}

describe.concurrent('a server that is killed', () => {
  it(`loses nothing it has acknowledged, ${rounds} times over`, { timeout: 120_000 }, async () => {
    await using place = await home()
    const { dataDir, headers, start } = place
    const next = random(seed)
    const tally: Record<string, number> = {}
    let seen: Witnessed[] = []
    let killedAt = 0
    for (let round = 0; round <= rounds; round++) {
      await using server = await start()
      for (const witnessed of seen) {
        const outcome = await verify(server.url, headers, witnessed, killedAt)
        tally[outcome] = (tally[outcome] ?? 0) + 1
      }
      seen = []
      const chats = Array.from({ length: sessionsAtOnce }, (_, i) =>
        chat(server.url, headers, `r${round}s${i}`, seen, next),
      )
      await new Promise(resolve => setTimeout(resolve, 100 + next() * 900))
      killedAt = performance.now()
      await server.end('SIGKILL')
      await Promise.all(chats)
      expect(await query(dataDir, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
    }
    console.log(`crashes: ${rounds} rounds with seed ${seed}, turns: ${JSON.stringify(tally)}`)
    expect(tally['interrupted']).toBeGreaterThan(rounds)
    expect(tally['complete']).toBeGreaterThan(rounds)
  })

  it('goes on with the conversation as the model remembers it', { timeout: 60_000 }, async () => {
    await using place = await home()
    const { headers, start } = place
    await using server = await start()
    const stream = await new Caller(server.url).stream('sendChatMessage', {
      headers,
      json: { session_id: 'memory', message: 'count [[slow 200 10]]' },
    })
    await stream.until(({ event }) => event.type === 'plain' && event.data === ' w60')
    await server.end('SIGKILL')
    await using again = await start()
    const next = await new Caller(again.url).stream('sendChatMessage', {
      headers,
      json: { session_id: 'memory', message: 'go on' },
    })
    await next.rest()
    const own = models.seen.filter(({ body }) => JSON.stringify(body).includes('go on'))
    const all = own.at(-1)?.body['messages'] as { role: string; content: string }[]
    const asked = all.filter(({ role }) => role !== 'system')
    expect(asked.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(asked[0]?.content).toContain('count')
    expect(asked[1]?.content).toMatch(/^w0 w1 w2/)
  })
})

describe.concurrent('a server that is told to stop', () => {
  it('ends with 0: short turns finish, a long one is kept as far as it came', { timeout: 90_000 }, async () => {
    await using place = await home()
    const { headers, start } = place
    await using server = await start()
    const client = new Caller(server.url)
    const open = (session_id: string, message: string) =>
      client.stream('sendChatMessage', { headers, json: { session_id, message } })
    const short = await open('short', '[[slow 40 25]]')
    const long = await open('long', '[[slow 5000 20]]')
    await long.until(({ event }) => event.type === 'plain')
    const began = performance.now()
    const [code, quick, slow] = await Promise.all([server.end('SIGTERM'), short.rest(), long.rest()])
    expect(code).toBe(0)
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(kinds(quick)).toMatch(/complete message_saved end$/)
    expect(textOf(quick)).toMatch(/ w39$/)
    expect(kinds(slow)).toMatch(/message_saved error end$/)
    expect(eventOf(slow, 'error').code).toBe('interrupted')

    await using again = await start()
    const { data } = await new Caller(again.url).call('getChatSession', { headers, params: { session_id: 'long' } })
    expect(data.history.map(row => row.sender_id)).toEqual(['astrbot', 'bot'])
    expect(storedText(data.history[1])).toBe(textOf(slow))
    expect(storedError(data.history[1])).toBe('interrupted')
  })
})
