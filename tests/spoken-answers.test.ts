import { type AudioServer, startAudioServer, textIn } from '@astrbot/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { messagesOf, turn } from './support/chat.ts'
import { eventOf, kinds } from './support/events.ts'
import { TestServer } from './support/server.ts'
import { frameKinds, TestSocket } from './support/socket.ts'

// Answers that profiles want spoken become recordings in the chat.

let audio: AudioServer
beforeAll(async () => {
  audio = await startAudioServer()
})
afterAll(() => audio.stop())

function speaking(settings: object): Promise<TestServer> {
  const mouth = {
    id: 'mouth',
    type: 'openai_tts_api',
    provider_type: 'text_to_speech',
    enable: true,
    api_key: 'k',
    api_base: `${audio.url}/v1`,
    model: 'tts-1',
  }
  const provider_tts_settings = { enable: true, provider_id: 'mouth', ...settings }
  return TestServer.start({ config: { provider: [mouth], provider_tts_settings } })
}

it('speaks an answer that is told as a whole, and keeps the recording', async () => {
  await using server = await speaking({})
  const whole = { session_id: 'spoken', message: '[[say out loud]]', enable_streaming: false }
  const events = await turn(server, whole)
  expect(kinds(events)).toBe(
    'session_id user_message_saved run_started agent_stats record attachment_saved message_saved end',
  )
  const { data: saved } = eventOf(events, 'attachment_saved')
  const stored = eventOf(events, 'record').data.replace('[RECORD]', '')
  expect(stored).toMatch(/\.wav$/)
  const [, answer] = await messagesOf(server, 'spoken')
  const part = { type: 'record', attachment_id: saved.id, filename: stored }
  expect(answer?.content.message).toEqual([part])
  const download = () => server.fetch(`/api/v1/files/${saved.id}/content`, { headers: server.credentials.token })
  const sound = await download()
  expect(sound.headers.get('content-type')).toBe('audio/wav')
  expect(textIn(await sound.bytes()).trim()).toBe('out loud')
  // What is streamed is read.
  expect(kinds(await turn(server, { session_id: 'spoken', message: '[[say softly]]' }))).toContain('plain agent_stats')

  await using socket = await TestSocket.open(server, 'openChatWebSocket', { headers: server.credentials.key })
  socket.send({
    username: 'alice',
    session_id: 'spoken',
    message: '[[say again]]',
    message_id: 'm',
    enable_streaming: false,
  })
  await socket.next(({ type }) => type === 'end')
  expect(frameKinds(socket.frames)).toContain('record attachment_saved message_saved')
  await server.call('deleteChatSession', { as: 'key', params: { session_id: 'spoken' } })
  expect((await download()).status).toBe(404)
})

it('writes beside what it speaks, and what it cannot speak', async () => {
  await using server = await speaking({ dual_output: true })
  const say = (text: string) =>
    turn(server, { session_id: 'both', message: `[[say ${text}]]`, enable_streaming: false })
  expect(kinds(await say('out loud'))).toContain('record attachment_saved plain message_saved')
  expect(kinds(await say('out {mute} loud'))).toContain('agent_stats plain message_saved')
  const types = (await messagesOf(server, 'both')).map(({ content }) =>
    content.message.map(({ type }) => type).join(' '),
  )
  expect(types).toEqual(['plain', 'record plain', 'plain', 'plain'])
})
