/** Compiled, never run: what editors and compilers see of the client. */

import { WebSocket as NodeWebSocket } from 'ws'
import {
  type ChatEvent,
  type ChatSession,
  type ChatStream,
  createClient,
  type NotFoundError,
  safe,
  streamEvents,
} from './index.ts'
import { operations } from './operations/index.ts'
import { openSocket } from './socket/index.ts'
import { upload } from './upload/index.ts'
import { openVoice } from './voice/index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function expectType<T>(): <U>(value: U, same: Equal<T, U>) => void

const client = createClient({ baseUrl: '', apiKey: async () => 'abk_1', username: 'ada', logger: console })
const api = operations(client)

export async function byPath() {
  const configs = await client.get('/api/v1/chat/configs')
  expectType<string>()(configs.info_list.map(info => info.name).join(), true)

  const detail = await client.get('/api/v1/chat/sessions/{session_id}', {
    params: { path: { session_id: 's' }, query: { page: 2 } },
    signal: AbortSignal.timeout(1000),
    retries: 0,
  })
  expectType<boolean>()(detail.is_running, true)

  const blob = await client.get('/api/v1/backups/{filename}', { params: { path: { filename: 'a.zip' } } })
  expectType<Blob>()(blob, true)

  await client.post('/api/v1/api-keys', { body: { name: 'ci', scopes: ['chat'] } })
  await client.post('/api/v1/files', { body: { file: new Blob(['x']) } })
  await client.post('/api/v1/files', { body: new FormData() })

  // @ts-expect-error the path does not exist
  await client.get('/api/v1/nothing')
  // @ts-expect-error the path has no such method
  await client.put('/api/v1/chat/configs')
  // @ts-expect-error the path parameter is missing
  await client.get('/api/v1/chat/sessions/{session_id}')
  // @ts-expect-error a query parameter has the wrong type
  await client.get('/api/v1/chat/sessions', { params: { query: { page: 'two' } } })
  // @ts-expect-error the body is missing
  await client.post('/api/v1/api-keys')
  // @ts-expect-error the body lacks a field
  await client.post('/api/v1/chat/sessions/batch-delete', { body: {} })
  // @ts-expect-error streams are followed, not fetched
  await client.post('/api/v1/chat', { body: { message: 'Hi' } })
}

export async function byName() {
  const detail = await api.getChatSession({ path: { session_id: 's' }, query: { page: 2 }, timeout: 1000 })
  expectType<boolean>()(detail.is_running, true)
  const configs = await api.listChatConfigs()
  expectType<string | undefined>()(configs.info_list[0]?.id, true)
  for await (const event of await api.sendChatMessage({ body: { message: 'Hi' } })) expectType<ChatEvent>()(event, true)

  // @ts-expect-error the session is missing
  await api.getChatSession()
  // @ts-expect-error the session is missing
  await api.getChatSession({ query: { page: 2 } })
  // @ts-expect-error no such operation
  await api.sendMessage()
}

export async function lists() {
  for await (const session of client.paginate('/api/v1/chat/sessions')) expectType<ChatSession>()(session, true)
  for await (const session of client.chat.sessions.iterate()) expectType<ChatSession>()(session, true)
  // @ts-expect-error the list does not come in pages
  client.paginate('/api/v1/chat/configs')
}

export async function chat() {
  await using stream = client.chat.stream({ message: 'Hi', sessionId: undefined })
  for await (const event of stream) {
    if (event.type === 'plain') expectType<string>()(event.data, true)
    if (event.type === 'run_started') expectType<string>()(event.data.run_id, true)
    // @ts-expect-error no such event
    if (event.type === 'nothing') return
  }
  for await (const piece of stream.textStream) expectType<string>()(piece, true)
  expectType<string>()(await stream.text(), true)
  expectType<number[]>()((await stream.final()).messageIds, true)
  // @ts-expect-error there is no message
  client.chat.send({ sessionId: 's' })
}

export async function sockets() {
  await using socket = openSocket(client, { WebSocket: NodeWebSocket, endpoint: 'unified' })
  const stream = socket.send({ message: 'Hi', attachments: [new Blob(['x']), upload(client, { path: 'a.png' })] })
  expectType<ChatStream>()(stream, true)
  for await (const event of socket) {
    if (event.type === 'reconnecting') expectType<number>()(event.wait, true)
    if (event.type === 'message') expectType<ChatEvent>()(event.event, true)
    // @ts-expect-error no such event
    if (event.type === 'nothing') return
  }
  expectType<string[]>()((await socket.close()).running, true)
  openSocket(client, { WebSocket })
  // @ts-expect-error there is no message
  socket.send({ sessionId: 's' })
  // @ts-expect-error no such endpoint
  openSocket(client, { endpoint: 'telegraph' })
}

export async function voice() {
  await using line = openVoice(client, { WebSocket: NodeWebSocket })
  const turn = line.speak(new Int16Array(160))
  for await (const event of turn) if (event.t === 'bot_text_chunk') expectType<string>()(event.data.text, true)
  for await (const sound of turn.audio) expectType<Uint8Array<ArrayBuffer>>()(sound, true)
  expectType<string>()((await turn.final()).heard, true)
  // @ts-expect-error sound is bytes
  line.speak('hello')
}

export async function uploads() {
  expectType<string>()((await upload(client, new ReadableStream(), { size: 3 })).attachment_id, true)
  // @ts-expect-error a path is an object, as a text could be the content
  upload(client, 'a.png')
}

export async function streams() {
  for await (const event of streamEvents(client, 'GET /api/v1/logs/live')) event satisfies object
  streamEvents(client, 'GET /api/v1/chat/runs/{run_id}/stream', { params: { path: { run_id: 'r' } } })
  // @ts-expect-error the run is missing
  streamEvents(client, 'GET /api/v1/chat/runs/{run_id}/stream')
}

export async function results() {
  const result = await safe(client.get('/api/v1/chat/configs'))
  if (result.ok) expectType<number>()(result.data.info_list.length, true)
  else expectType<string>()(result.error.code, true)
}

export function errors(error: NotFoundError) {
  expectType<number>()(error.status, true)
  expectType<string | undefined>()(error.requestId, true)
}
