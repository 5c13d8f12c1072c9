import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OperationId } from './support/contract.ts'
import { eventOf } from './support/events.ts'
import { fileForm } from './support/forms.ts'
import { signToken } from './support/secrets.ts'
import { TestServer } from './support/server.ts'

// Goes through the table "Who may see what" of docs/architecture.md, cell by cell.

type Ids = Readonly<Record<string, string>>

/** Someone who calls: what they show, and whom they name. */
interface Who {
  headers: Ids
  username?: string
}

/** The ids of a thing of each kind, all of one owner. */
interface Things {
  session_id: string
  message_id: string
  thread_id: string
  project_id: string
  run_id: string
  attachment_id: string
}

interface Step {
  id: OperationId
  json?: unknown
  query?: Ids
  /** What whoever may do it is answered; 200 when absent. */
  status?: number
}

let server: TestServer
/** Keys that may chat and read files. */
const keys: Record<'key' | 'another', { key_id: string; headers: Ids }> = {
  key: { key_id: '', headers: {} },
  another: { key_id: '', headers: {} },
}
beforeAll(async () => {
  server = await TestServer.start()
  for (const name of ['key', 'another'] as const) {
    const { data } = await server.call('createApiKey', { json: { scopes: ['chat', 'file'] } })
    keys[name] = { key_id: data.key_id, headers: { 'x-api-key': data.api_key } }
  }
})
afterAll(() => server[Symbol.asyncDispose]())

/** A table of the page that holds the text: the head of its columns, and by the head of its rows the cells. */
function table(text: string): { columns: string[]; rows: Map<string, string[]> } {
  const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8')
  const lines = page.split('\n')
  const start = lines.findIndex(line => line.startsWith('|') && line.includes(text))
  if (start < 0) throw new Error(`docs/architecture.md has no table with ${text}`)
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'))
  const [head = [], , ...body] = lines.slice(start, end).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
  return { columns: head.slice(1), rows: new Map(body.map(([name = '', ...cells]) => [name, cells])) }
}

const { columns, rows } = table('another key, for alice')

/** Who stands in the head of a column. */
function whoIs(column: string): Who {
  switch (column) {
    case 'dashboard user':
      return { headers: server.credentials.token }
    case 'another dashboard user': {
      // AstrBot issued tokens without a version; they are good for the name they carry.
      const token = signToken(server.running.bot.config.get().dashboard.jwt_secret, { username: 'mallory' })
      return { headers: { authorization: `Bearer ${token}` } }
    }
    case 'the key, for alice':
      return { headers: keys.key.headers, username: 'alice' }
    case 'the key':
      return { headers: keys.key.headers }
    case 'the key, for bob':
      return { headers: keys.key.headers, username: 'bob' }
    case 'another key, for alice':
      return { headers: keys.another.headers, username: 'alice' }
  }
  throw new Error(`nobody is called ${column}`)
}

const ownerOf = (owner: string | undefined) => whoIs(owner === 'alice' ? 'the key, for alice' : 'dashboard user')

const title = { json: { display_name: 'Changed' } }
/** What is done with each thing, from the harmless to the last. */
const steps: Readonly<Record<string, readonly Step[]>> = {
  session: [
    { id: 'getChatSession' },
    { id: 'updateChatSession', ...title },
    { id: 'stopChatSession' },
    { id: 'removeChatProjectSession' },
    { id: 'deleteChatSession' },
  ],
  message: [
    { id: 'regenerateChatMessage', json: { enable_streaming: false } },
    // It is the bot's and cannot be edited: 400 is how whoever may is told so.
    { id: 'updateChatMessage', json: { content: { type: 'user', message: [] } }, status: 400 },
  ],
  'side thread': [
    { id: 'getChatThread' },
    { id: 'sendChatThreadMessage', json: { message: 'hi' } },
    { id: 'deleteChatThread' },
  ],
  project: [
    { id: 'getChatProject' },
    { id: 'listChatProjectSessions' },
    { id: 'addChatProjectSession' },
    { id: 'listChatProjectWorkspaceFiles' },
    { id: 'updateChatProject', json: { title: 'Changed' } },
    { id: 'deleteChatProject' },
  ],
  run: [{ id: 'resumeChatRun', query: { after: '0' } }],
  file: [{ id: 'getAttachment' }, { id: 'downloadAttachment' }],
}

/** A call as somebody makes it. */
const callOf = ({ headers, username }: Who, query: Ids = {}) => ({
  as: 'nobody' as const,
  headers,
  query: { ...(username !== undefined && { username }), ...query },
})

/** Makes one thing of each kind. */
async function make(owner: string | undefined): Promise<Things> {
  const who = callOf(ownerOf(owner))
  const file = await fileForm('a.txt', 'secret')
  const { attachment_id } = (await server.call('uploadFile', { ...who, ...file })).data
  const { session_id } = (await server.call('createChatSession', who)).data
  const stream = await server.stream('sendChatMessage', {
    ...who,
    json: { ...who.query, session_id, message: 'secret' },
  })
  const events = await stream.rest()
  const message_id = String(eventOf(events, 'message_saved').data.id)
  const json = { session_id, parent_message_id: message_id, selected_text: 'secret' }
  const { thread_id } = (await server.call('createChatThread', { ...who, json })).data
  const { project_id } = (await server.call('createChatProject', { ...who, json: { title: 'secret' } })).data
  await server.call('addChatProjectSession', { ...who, params: { project_id, session_id } })
  const { run_id } = eventOf(events, 'run_started').data
  return { session_id, message_id, thread_id, project_id, run_id, attachment_id }
}

/** What comes of the steps, as `operation status`, without those that went as they may. */
async function outcomes(who: Who, thing: string, things: Things, may: boolean): Promise<string[]> {
  const wrong: string[] = []
  for (const { id, json, query, status: usual = 200 } of steps[thing] ?? []) {
    const call = { ...callOf(who, query), params: { ...things } }
    const { status, text } = await server.call(id, { ...call, ...(json !== undefined && { json }) })
    const right = may ? status === usual : [403, 404].includes(status) && !text.includes('secret')
    if (!right) wrong.push(`${id} ${status}`)
  }
  return wrong
}

describe.each(columns)('%s', column => {
  const index = columns.indexOf(column)
  const cells = [...rows].map(([row, values]) => {
    const [, thing = '', owner] = /^(.+) of (the dashboard user|alice)$/.exec(row) ?? []
    return { row, thing, owner, cell: values[index] }
  })

  it.each(cells)('$row: $cell', async ({ thing, owner, cell }) => {
    expect(steps[thing]).toBeDefined()
    expect(['yes', 'no']).toContain(cell)
    const things = await make(owner)
    expect(await outcomes(whoIs(column), thing, things, cell === 'yes')).toEqual([])
    // And what was refused has done nothing to it.
    if (cell === 'no') expect(await outcomes(ownerOf(owner), thing, things, true)).toEqual([])
  })

  it('lists nothing that it may not see', async () => {
    const who = whoIs(column)
    // Sessions are listed for a user; a key that names none lists its own.
    const named = column === 'the key' ? { username: `api_key:${keys.key.key_id}` } : {}
    const sees = (thing: string, owner: string) => rows.get(`${thing} of ${owner}`)?.[index] === 'yes'
    for (const owner of ['alice', 'the dashboard user']) {
      const things = await make(owner)
      const { project_id, session_id } = things
      const projects = (await server.call('listChatProjects', callOf(who))).text
      expect(projects.includes(project_id)).toBe(sees('project', owner))
      // Those in a project are listed by the project alone.
      await server.call('removeChatProjectSession', { ...callOf(ownerOf(owner)), params: { ...things } })
      const sessions = (await server.call('listChatSessions', callOf(who, named))).text
      expect(sessions.includes(session_id)).toBe(sees('session', owner) && column !== 'the key')
    }
  })
})

it('every kind of thing and every column is in the table', () => {
  expect([...rows.keys()].sort()).toEqual(
    Object.keys(steps)
      .flatMap(thing => [`${thing} of alice`, `${thing} of the dashboard user`])
      .sort(),
  )
  expect(columns).toHaveLength(6)
})
