import { type AudioServer, soundOf, startAudioServer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { frameVariants, variantsOf } from './support/frame-variants.ts'
import { TestServer } from './support/server.ts'
import { type Frame, frameKinds, type SocketOperation, spelt, TestSocket } from './support/socket.ts'

// Every frame that the contract knows, on the sockets where it belongs.

let server: TestServer
let audio: AudioServer
let token: string
let gate = Promise.withResolvers<void>()
beforeAll(async () => {
  audio = await startAudioServer()
  const common = { enable: true, api_key: 'k', api_base: `${audio.url}/v1` }
  const ears = { ...common, id: 'ears', type: 'openai_whisper_api', provider_type: 'speech_to_text' }
  server = await TestServer.start({ config: { provider: [ears] } })
  token = server.credentials.token['authorization']?.slice('Bearer '.length) ?? ''
  server.running.bot.tools.add({
    name: 'hold',
    description: 'Waits',
    parameters: { type: 'object', properties: {} },
    origin: 'plugin',
    async execute() {
      await gate.promise
      return 'held'
    },
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await audio.stop()
})

const isEnd = ({ type }: Frame) => type === 'end'
const isToolCall = (frame: Frame) => frame['chain_type'] === 'tool_call'
const media = ['image', 'record', 'video', 'file'] as const

/** What a turn never says here: only spoken answers bring files that are stored, and snapshots belong to resumed streams. */
const notSent = ['ChatAttachmentSavedEvent', 'ChatRunSnapshotEvent']

function missing(id: SocketOperation, frames: readonly Frame[], besides: readonly string[] = []): string[] {
  const all = frameVariants(id, 'server')
  const seen = new Set(frames.flatMap(frame => variantsOf(frame, all)))
  return all.filter(name => !seen.has(name) && !notSent.includes(name) && !besides.includes(name))
}

/** Lets the bot say things by itself while a turn of the session runs, and a second message be taken into that turn. */
async function busyTurn(socket: TestSocket, session: string, send: (text: string, id: string) => void): Promise<void> {
  gate = Promise.withResolvers()
  send('[[tool hold {} then done]]', 'first')
  await socket.next(isToolCall)
  for (const type of media)
    await server.running.bot.chat.pushes.push(session, [{ type, attachment_id: `no-${type}`, filename: `${type}.bin` }])
  await socket.next(({ type }) => type === 'file')
  send('hurry up', 'second')
  await socket.next(frame => frame.type === 'user_message_saved' && frame.message_id === 'second')
  // It is heard once it has passed the stages that stand before every answer.
  await new Promise(resolve => setTimeout(resolve, 100))
  gate.resolve()
  await socket.next(({ type }) => type === 'follow_up_captured')
  await socket.next(frame => isEnd(frame) && frame.message_id === 'first')
  send('[[think well then thought about]]', 'third')
  await socket.next(frame => isEnd(frame) && frame.message_id === 'third')
  send('[[fail 400]]', 'fourth')
  await socket.next(frame => isEnd(frame) && frame.message_id === 'fourth')
}

describe('every frame of the contract is seen', () => {
  it('openChatWebSocket', async () => {
    await using socket = await TestSocket.open(server, 'openChatWebSocket', {
      headers: { 'x-api-key': server.keys.key.api_key },
    })
    await busyTurn(socket, 'frames-1', (message, message_id) =>
      socket.send({ username: 'alice', session_id: 'frames-1', message, message_id }),
    )
    socket.send({ t: 'ping' })
    await socket.next(({ type }) => type === 'pong')
    expect(missing('openChatWebSocket', socket.frames)).toEqual([])
    const first = socket.frames.filter(({ message_id }) => message_id === 'first')
    expect(spelt(first.filter(({ streaming }) => streaming))).toBe('done')
  })

  it('openUnifiedChatWebSocket and openLiveChatWebSocket', async () => {
    await using socket = await TestSocket.open(server, 'openUnifiedChatWebSocket', { query: { token } })
    const { session_id } = (await server.call('createChatSession')).data
    await busyTurn(socket, session_id, (text, message_id) =>
      socket.send({ ct: 'chat', t: 'send', session_id, message: [{ type: 'plain', text }], message_id }),
    )
    socket.send({ ct: 'chat', t: 'bind', session_id })
    socket.send({ ct: 'chat', t: 'ping' })
    socket.send({ ct: 'chat', t: 'interrupt' })
    await socket.next(({ code }) => code === 'INTERRUPTED')
    const voice = await talk(socket)
    // The first frame of a turn is not told here; sound is heard in the tests of voice.
    const besides = ['ChatSessionIdEvent', 'LiveBotTextFrame', 'LiveAudioFrame']
    expect(missing('openUnifiedChatWebSocket', socket.frames, besides)).toEqual([])
    expect(missing('openLiveChatWebSocket', voice, besides)).toEqual([])
  })

  it('openLiveWebSocket', async () => {
    const open = (ct: string) =>
      TestSocket.open(server, 'openLiveWebSocket', {
        query: { username: 'alice', ct },
        headers: { 'x-api-key': server.keys.key.api_key },
      })
    await using chat = await open('chat')
    const session_id = 'frames-2'
    await busyTurn(chat, session_id, (text, message_id) =>
      chat.send({ ct: 'chat', t: 'send', session_id, message: [{ type: 'plain', text }], message_id }),
    )
    chat.send({ ct: 'chat', t: 'bind', session_id })
    chat.send({ ct: 'chat', t: 'ping' })
    await chat.next(({ type }) => type === 'pong')
    await chat.refused({ ct: 'chat', t: 'dance' })
    await using live = await open('live')
    await talk(live)
    live.send({ t: 'text_input', text: '[[say written]]' })
    await live.next(({ t }) => t === 'end')
    await using refused = await TestSocket.open(server, 'openLiveWebSocket')
    await refused.closing()
    const frames = [...chat.frames, ...live.frames, ...refused.frames]
    const besides = ['ChatSessionIdEvent', 'LiveBotTextFrame', 'LiveAudioFrame']
    expect(missing('openLiveWebSocket', frames, besides)).toEqual([])
  })
})

/** Says something twice, once not clearly, and hangs up in between. */
async function talk(socket: TestSocket): Promise<Frame[]> {
  const before = socket.frames.length
  const say = (text: string) => {
    socket.send({ t: 'start_speaking', stamp: text })
    socket.send({ t: 'speaking_part', data: soundOf(text).toString('base64') })
    socket.send({ t: 'end_speaking', stamp: text })
  }
  say('[[say written]]')
  await socket.next(({ t }) => t === 'end')
  say('{deaf}')
  await socket.next(({ t }) => t === 'end')
  say('[[slow 1000 20]]')
  await socket.next(({ t }) => t === 'user_msg')
  socket.send({ t: 'interrupt' })
  await socket.next(({ t }) => t === 'end')
  socket.send({ t: 'ping' })
  await socket.next(({ t }) => t === 'pong')
  const frames = socket.frames.slice(before)
  expect(frameKinds(frames.filter(({ t }) => t !== 'bot_delta_chunk'))).toBe(
    'metrics user_msg metrics bot_msg end metrics error end metrics user_msg stop_play end pong',
  )
  return frames
}
