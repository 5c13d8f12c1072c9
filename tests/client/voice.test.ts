import { createClient } from '@astrbot/client'
import { openVoice } from '@astrbot/client/voice'
import { type AudioServer, soundOf, startAudioServer, textIn } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestServer } from '../support/server.ts'

let audio: AudioServer
let server: TestServer

beforeAll(async () => {
  audio = await startAudioServer()
  const shared = { enable: true, api_key: 'k', api_base: `${audio.url}/v1` }
  const ears = {
    ...shared,
    id: 'ears',
    type: 'openai_whisper_api',
    provider_type: 'speech_to_text',
    model: 'whisper-1',
  }
  const mouth = { ...shared, id: 'mouth', type: 'openai_tts_api', provider_type: 'text_to_speech', model: 'tts-1' }
  server = await TestServer.start({ config: { provider: [ears, mouth], provider_tts_settings: { enable: true } } })
}, 60_000)
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await audio.stop()
})

const spoken = async (sounds: AsyncIterable<Uint8Array>) => {
  const texts: string[] = []
  for await (const sound of sounds) texts.push(textIn(Buffer.from(sound)).trim())
  return texts
}

describe.each(['token', 'apiKey'] as const)('the voice of the client on this server (%s)', kind => {
  const client = () => {
    const token = (server.credentials.token.authorization ?? '').replace('Bearer ', '')
    const credential = kind === 'token' ? { token } : { apiKey: server.keys.key.api_key, username: 'speaker' }
    return createClient({ baseUrl: server.url, ...credential })
  }

  it('speaks and is answered, turn after turn', async () => {
    await using voice = openVoice(client())
    const turn = voice.speak(soundOf('[[say This is the first sentence. And here is a second one.]]'))
    expect(await spoken(turn.audio)).toEqual(['This is the first sentence.', 'And here is a second one.'])
    const { text, heard, metrics } = await turn.final()
    expect(text).toBe('This is the first sentence. And here is a second one.')
    expect(heard).toContain('first sentence')
    expect(metrics).toMatchObject({ stt: 'openai_whisper_api', tts: 'openai_tts_api' })

    const utterance = voice.listen()
    const sound = soundOf('[[say Again we talk.]]')
    for (let at = 0; at < sound.length; at += 640) utterance.write(sound.subarray(at, at + 640))
    expect(await spoken(utterance.end().audio)).toEqual(['Again we talk.'])
    await expect.poll(() => voice.latency).toBeDefined()
  })

  it('is interrupted', async () => {
    await using voice = openVoice(client())
    const turn = voice.speak(soundOf('[[slow 400 25]]'))
    for await (const { t } of turn) if (t === 'user_msg') break
    await voice.interrupt()
    expect(await turn.final()).toMatchObject({ interrupted: true, sounds: 0, heard: '[[slow 400 25]]' })
    expect(await spoken(voice.speak(soundOf('[[say Still there for you.]]')).audio)).toEqual(['Still there for you.'])
  })

  it.runIf(kind === 'apiKey')('takes turns in writing', async () => {
    await using voice = openVoice(client())
    expect(await voice.say('[[say Written, and said aloud.]]').final()).toMatchObject({ sounds: 1 })
  })
})
