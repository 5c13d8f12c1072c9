import { expect, test } from 'vitest'
import { copyOfDefaults } from '../providers.testing.ts'
import { followMoves } from './references.ts'

/** A document that names a provider in every place there is. */
function named(id: string, listed: string[] = [id, 'other']) {
  const document = copyOfDefaults()
  return {
    ...document,
    agent_runner: {
      runner_type: 'local',
      config: { model: { provider_id: id, fallback_provider_ids: listed }, compression: { provider_id: id } },
    },
    provider_settings: { default_provider_id: id, default_image_caption_provider_id: id, fallback_chat_models: listed },
    provider_stt_settings: { enable: true, provider_id: id },
    provider_tts_settings: { enable: true, provider_id: id },
    provider_ltm_settings: { image_caption_provider_id: id },
    subagent_orchestrator: {
      agents: [{ name: 'a', provider_id: id || null }, { name: 'b', provider_id: 'other' }, 'odd'],
    },
  }
}

test('every place follows a new id', () => {
  const document = named('old')
  expect(followMoves(document, new Map([['old', 'new']]))).toBe(10)
  expect(document).toEqual(named('new'))
})

test('every place is cleared when the provider is gone', () => {
  const document = named('old')
  expect(followMoves(document, new Map([['old', null]]))).toBe(10)
  expect(document).toEqual(named('', ['other']))
})

test('two that change places are both right', () => {
  const document = named('a', ['a', 'b'])
  followMoves(
    document,
    new Map([
      ['a', 'b'],
      ['b', 'a'],
    ]),
  )
  expect(document.agent_runner.config.model).toEqual({ provider_id: 'b', fallback_provider_ids: ['b', 'a'] })
})

test('documents without these places, or with something else in them, stay as they are', () => {
  for (const document of [
    {},
    { agent_runner: 7, provider_stt_settings: { provider_id: 5 }, subagent_orchestrator: { agents: {} } },
  ]) {
    const before = structuredClone(document)
    expect(
      followMoves(
        document as never,
        new Map([
          ['5', 'x'],
          ['', 'y'],
        ]),
      ),
    ).toBe(0)
    expect(document).toEqual(before)
  }
})
