import { type AudioServer, soundOf, startAudioServer, textIn } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestServer } from './support/server.ts'
import { type Frame, frameKinds, TestSocket } from './support/socket.ts'

// Talking to the bot: sound in, text and sound out, frame by frame.

let audio: AudioServer
let server: TestServer
/** Hears and does not speak. */
let mute: TestServer
/** Neither hears nor speaks. */
let deaf: TestServer
let token: string

const ears = (url: string) => ({
  id: 'ears',
  type: 'openai_whisper_api',
  provider_type: 'speech_to_text',
  enable: true,
  api_key: 'k',
  api_base: `${url}/v1`,
  model: 'whisper-1',
})
const mouth = (url: string) => ({
  id: 'mouth',
  type: 'openai_tts_api',
  provider_type: 'text_to_speech',
  enable: true,
  api_key: 'k',
  api_base: `${url}/v1`,
  model: 'tts-1',
})

beforeAll(async () => {
  audio = await startAudioServer()
  server = await TestServer.start({
    config: { provider: [ears(audio.url), mouth(audio.url)], provider_tts_settings: { enable: true } },
  })
  mute = await TestServer.start({ config: { provider: [ears(audio.url)] } })
  deaf = await TestServer.start()
  token = tokenOf(server)
})
afterAll(async () => {
  for (const one of [server, mute, deaf]) await one[Symbol.asyncDispose]()
  await audio.stop()
})

const tokenOf = (of: TestServer) => of.credentials.token['authorization']?.slice('Bearer '.length) ?? ''
const live = (of = server) => TestSocket.open(of, 'openLiveChatWebSocket', { query: { token: tokenOf(of) } })
const isEnd = ({ t }: Frame) => t === 'end'
const textOf = (frame: Frame) => (frame.data as { text: string }).text
const only = (frames: readonly Frame[], t: string) => frames.filter(frame => frame.t === t)
const spoken = (frames: readonly Frame[]) =>
  only(frames, 'response').map(({ data }) => textIn(Buffer.from(String(data), 'base64')).trim())
const metricsOf = (frames: readonly Frame[]): Record<string, unknown> =>
  Object.assign({}, ...only(frames, 'metrics').map(({ data }) => data))

/** Says something in pieces of 100 bytes. */
function say(socket: TestSocket, text: string, stamp = 'one'): void {
  const sound = soundOf(text)
  socket.send({ t: 'start_speaking', stamp })
  for (let at = 0; at < sound.length; at += 100)
    socket.send({ t: 'speaking_part', data: sound.subarray(at, at + 100).toString('base64') })
  socket.send({ t: 'end_speaking', stamp })
}

describe('openLiveChatWebSocket', () => {
  it('understands, answers and speaks, sentence by sentence and in order', async () => {
    await using socket = await live()
    say(socket, '[[say This is the first sentence. {wait 150} Here is a second one! 3.14 is no end. Done]]')
    await socket.next(frame => frame.t === 'metrics' && 'wav_to_tts_total_time' in (frame.data as object))
    const { frames } = socket
    const order = frameKinds(frames.filter(({ t }) => t !== 'metrics'))
    expect(order).toMatch(/^user_msg( bot_text_chunk response)+ end$/)
    expect(spoken(frames)).toEqual(only(frames, 'bot_text_chunk').map(frame => textOf(frame).trim()))
    expect(spoken(frames).length).toBeGreaterThan(2)
    expect(spoken(frames)[0]).toBe('This is the first sentence.')
    expect(only(frames, 'bot_msg')).toEqual([])
    expect(only(frames, 'bot_delta_chunk')).toEqual([])
    expect(metricsOf(frames)).toMatchObject({
      input_type: 'audio',
      stt: 'openai_whisper_api',
      tts: 'openai_tts_api',
      chat_model: 'echo',
      wav_assemble_time: expect.any(Number),
      llm_ttft: expect.any(Number),
      llm_total_time: expect.any(Number),
      speak_to_first_frame: expect.any(Number),
      tts_total_time: expect.any(Number),
      tts_first_frame_time: expect.any(Number),
    })
    expect(frames[0]).toMatchObject({ t: 'metrics', data: { wav_assemble_time: expect.any(Number) } })
    expect(Object.keys(frames.at(-1)?.data as object)).toEqual(['wav_to_tts_total_time'])
  })

  it('speaks the first sentence while the model is still writing', async () => {
    await using socket = await live()
    const seen = server.models.seen.length
    say(socket, `[[slow 1 30]] [[say The first sentence is short. ${'And then it goes on and on. '.repeat(5)}]]`)
    await socket.next(({ t }) => t === 'response')
    expect(server.models.seen.slice(seen).map(({ outcome }) => outcome)).toEqual(['open'])
    expect(spoken(socket.frames)).toEqual(['The first sentence is short.'])
    await socket.next(isEnd)
  })

  it('remembers what was said on the same line, and shows it nowhere', async () => {
    await using socket = await live()
    say(socket, 'my name is [[say Nice to meet you.]] Zora')
    await socket.next(isEnd)
    const seen = server.models.seen.length
    say(socket, 'who am I [[say You are who you are.]]')
    await socket.next(isEnd)
    const asked = server.models.seen.slice(seen).find(({ body }) => JSON.stringify(body).includes('who am I'))
    expect(JSON.stringify(asked?.body)).toContain('Zora')
    const { data } = await server.call('listChatSessions', { query: { page: 1 } })
    expect(JSON.stringify(data)).not.toContain('Zora')
    expect(data).toMatchObject({ total: 0 })
  })

  it('interrupt silences the answer and stops the model at once, and the next turn runs', async () => {
    await using socket = await live()
    const seen = server.models.seen.length
    say(socket, '[[slow 400 25]]')
    await socket.next(({ t }) => t === 'user_msg')
    await expect.poll(() => server.models.seen.length).toBeGreaterThan(seen)
    socket.send({ t: 'interrupt' })
    expect(await socket.next(({ t }) => t === 'stop_play' || t === 'end')).toEqual({ t: 'stop_play' })
    expect(await socket.next()).toEqual({ t: 'end' })
    await expect.poll(() => server.models.seen[seen]?.outcome).toBe('client-gone')
    const before = socket.frames.length
    say(socket, '[[say Once more with feeling.]]', 'two')
    await socket.next(isEnd)
    expect(spoken(socket.frames.slice(before))).toEqual(['Once more with feeling.'])
    // Nothing to stop: nothing to say.
    socket.send({ t: 'interrupt' })
    socket.send({ t: 'ping' })
    expect(await socket.next(({ t }) => t !== 'metrics')).toEqual({ t: 'pong' })
  })

  it('is busy while a turn runs', async () => {
    await using socket = await live()
    say(socket, '[[slow 20 25]]')
    await socket.next(({ t }) => t === 'user_msg')
    say(socket, 'me again', 'two')
    expect(await socket.next(({ t }) => t === 'error')).toEqual({
      t: 'error',
      data: 'Session is busy',
      code: 'PROCESSING_ERROR',
    })
    await socket.next(isEnd)
  })

  it('ends a turn in which nothing was understood', async () => {
    await using socket = await live()
    say(socket, '   ')
    await socket.next(isEnd)
    expect(frameKinds(socket.frames)).toBe('metrics end')
  })

  it('tells failures of hearing, of the model and of speaking', async () => {
    await using socket = await live()
    say(socket, '{deaf}')
    expect(await socket.next(({ t }) => t === 'error')).toMatchObject({ code: expect.stringMatching(/^provider_/) })
    expect(await socket.next()).toEqual({ t: 'end' })
    say(socket, '[[fail 400]]')
    expect(await socket.next(({ t }) => t === 'error')).toMatchObject({ code: expect.stringMatching(/^provider_/) })
    await socket.next(isEnd)
    const before = socket.frames.length
    say(socket, '[[say This is well said. But this one is {mute}. The rest is written.]]', 'three')
    await socket.next(isEnd)
    const frames = socket.frames.slice(before).filter(({ t }) => t !== 'metrics')
    // A sentence that was in the making already may still be heard.
    expect(frameKinds(frames)).toMatch(/^user_msg bot_text_chunk response error bot_text_chunk( response)? end$/)
    expect(only(frames, 'bot_text_chunk').map(textOf).join('')).toBe(
      'This is well said. But this one is {mute}. The rest is written.',
    )
    const later = socket.frames.length
    say(socket, '[[say All of this is {mute}.]]')
    await socket.next(isEnd)
    const written = socket.frames.slice(later).filter(({ t }) => t !== 'metrics')
    expect(frameKinds(written)).toBe('user_msg error bot_msg end')
  })

  it('forgets an utterance whose stamp differs, or that is empty', async () => {
    await using socket = await live()
    socket.send({ t: 'start_speaking', stamp: 'a' })
    socket.send({ t: 'end_speaking', stamp: 'a' })
    expect(await socket.next()).toMatchObject({ t: 'error', code: 'audio_missing' })
    socket.send({ t: 'start_speaking', stamp: 1 })
    socket.send({ t: 'speaking_part', data: soundOf('hello').toString('base64') })
    socket.send({ t: 'end_speaking', stamp: 2 })
    expect(await socket.next()).toMatchObject({ t: 'error', code: 'audio_missing' })
    expect(await socket.refused({ t: 'start_speaking' })).toMatchObject({ code: 'INVALID_MESSAGE_FORMAT' })
    expect(await socket.refused({ t: 'dance' })).toMatchObject({ code: 'INVALID_MESSAGE_FORMAT' })
    expect(await socket.refused({ t: 'text_input', text: 'x' })).toMatchObject({ code: 'INVALID_MESSAGE_FORMAT' })
    expect(await socket.refused('no json')).toMatchObject({ t: 'error', code: 'INVALID_MESSAGE_FORMAT' })
    socket.send({ t: 'ping' })
    expect(await socket.next()).toEqual({ t: 'pong' })
  })

  it('without a voice answers as text; without ears says so', async () => {
    await using socket = await live(mute)
    say(socket, '[[say Only in writing. Twice.]]')
    await socket.next(isEnd)
    expect(frameKinds(socket.frames.filter(({ t }) => t !== 'metrics'))).toBe('user_msg bot_msg end')
    expect(only(socket.frames, 'bot_msg').map(textOf)).toEqual(['Only in writing. Twice.'])
    await using other = await live(deaf)
    say(other, 'hello')
    expect(await other.next(({ t }) => t === 'error')).toMatchObject({ code: 'no_speech_to_text' })
    expect(await other.next()).toEqual({ t: 'end' })
  })

  it('stops the model when the caller hangs up', async () => {
    const socket = await live()
    const seen = server.models.seen.length
    say(socket, '[[slow 400 25]]')
    await socket.next(({ t }) => t === 'user_msg')
    await expect.poll(() => server.models.seen.length).toBeGreaterThan(seen)
    socket.raw.terminate()
    await expect.poll(() => server.models.seen[seen]?.outcome).toBe('client-gone')
  })
})

describe('openUnifiedChatWebSocket', () => {
  it('speaks both protocols at once', async () => {
    await using socket = await TestSocket.open(server, 'openUnifiedChatWebSocket', { query: { token } })
    const { session_id } = (await server.call('createChatSession')).data
    socket.send({
      ct: 'chat',
      t: 'send',
      session_id,
      message_id: 'w',
      message: [{ type: 'plain', text: '[[slow 20 30]]' }],
    })
    socket.send({ ct: 'live', t: 'start_speaking', stamp: 1 })
    socket.send({ t: 'speaking_part', data: soundOf('[[say Spoken words here.]]').toString('base64') })
    socket.send({ ct: 'live', t: 'end_speaking', stamp: 1 })
    await socket.next(isEnd)
    await socket.next(frame => frame.type === 'end').catch(() => undefined)
    expect(spoken(socket.frames)).toEqual(['Spoken words here.'])
    expect(socket.frames.some(({ type, message_id }) => type === 'end' && message_id === 'w')).toBe(true)
    socket.send({ t: 'ping' })
    expect(await socket.next(({ t }) => t === 'pong')).toEqual({ t: 'pong' })
  })
})

describe('openLiveWebSocket', () => {
  const open = (ct: string) =>
    TestSocket.open(server, 'openLiveWebSocket', {
      query: { username: 'alice', ct },
      headers: { 'x-api-key': server.keys.key.api_key },
    })

  it('takes text, and tells the answer as the model writes it', async () => {
    await using socket = await open('live')
    socket.send({ t: 'text_input', text: ' [[say A written question. A spoken answer.]] ' })
    await socket.next(isEnd)
    const { frames } = socket
    expect(frames[0]).toEqual({ t: 'metrics', data: { input_type: 'text' } })
    expect(only(frames, 'user_msg').map(textOf)).toEqual(['[[say A written question. A spoken answer.]]'])
    expect(only(frames, 'bot_delta_chunk').map(textOf).join('')).toBe('A written question. A spoken answer.')
    expect(spoken(frames)).toEqual(['A written question.', 'A spoken answer.'])
    socket.send({ t: 'text_input', message: '[[say Also so.]]' })
    await socket.next(isEnd)
    expect(await socket.refused({ t: 'text_input', text: ' ' })).toEqual({
      t: 'error',
      data: 'message must be non-empty text',
      code: 'INVALID_MESSAGE_FORMAT',
    })
  })

  it('takes sound as well', async () => {
    await using socket = await open('live')
    say(socket, '[[say Heard and said.]]')
    await socket.next(isEnd)
    expect(spoken(socket.frames)).toEqual(['Heard and said.'])
  })

  it('chats with ct=chat', async () => {
    await using socket = await open('chat')
    socket.send({ ct: 'chat', t: 'bind', session_id: 'live-1' })
    await socket.next(({ type }) => type === 'session_bound')
    socket.send({
      ct: 'chat',
      t: 'send',
      session_id: 'live-1',
      message_id: 'm',
      message: [{ type: 'plain', text: '[[say hi]]' }],
    })
    await socket.next(({ type }) => type === 'end')
    expect(frameKinds(socket.frames.slice(1))).toBe(
      'user_message_saved run_started plain agent_stats complete message_saved end',
    )
    expect(await socket.refused('[]')).toMatchObject({ ct: 'chat', t: 'error', code: 'INVALID_MESSAGE_FORMAT' })
  })
})
