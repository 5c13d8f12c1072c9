import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { runnerDefaults } from '../agent-runner.ts'
import { completeDocument } from '../complete.ts'
import { dropRunnerProviders, isOld, migrate } from './migrate.ts'
import { splitProviders } from './split-providers.ts'

const providers = [
  { id: 'gpt', provider_type: 'chat_completion', enable: false },
  { id: 'tts', provider_type: 'text_to_speech' },
  {
    id: 'my-dify',
    provider_type: 'agent_runner',
    type: 'dify',
    enable: false,
    dify_api_key: 'k',
    timeout: '90',
    x_extra: 1,
  },
]

/** Every key that moved, at another value than its default. */
const oldSettings = {
  agent_runner_type: 'local',
  default_provider_id: 'gpt',
  fallback_chat_models: ['tts', 'gone', 'gpt', 'tts', 'my-dify'],
  request_max_retries: '7',
  default_personality: 'kim',
  llm_safety_mode: false,
  safety_mode_strategy: 'odd',
  max_context_length: 20,
  dequeue_context_length: 3,
  context_limit_reached_strategy: 'truncate_by_turns',
  llm_compress_instruction: 'short',
  llm_compress_keep_recent_ratio: '0.2',
  llm_compress_provider_id: 'gone',
  fallback_max_context_tokens: 64_000,
  max_agent_step: 12,
  tool_call_timeout: 60,
  tool_schema_mode: 'skills_like',
  sanitize_context_by_modalities: true,
  dify_agent_runner_provider_id: 'my-dify',
  image_compress_enabled: false,
  image_compress_options: { max_size: 800, quality: 70 },
  wake_prefix: '!',
}

const old = (settings: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  config_version: 2,
  provider: structuredClone(providers),
  provider_settings: { ...structuredClone(oldSettings), ...settings },
  mine: { kept: true },
  ...more,
})

const local = (document: JsonObject) => completeDocument(document).agent_runner.config

describe('a document of version 2', () => {
  test('gets its local settings in agent_runner, and keeps everything else', () => {
    const given = old()
    const before = JSON.stringify(given)
    const result = migrate(given)
    expect(JSON.stringify(given)).toBe(before)
    expect(result.agent_runner).toEqual({
      runner_type: 'local',
      config: {
        model: { provider_id: 'gpt', fallback_provider_ids: ['tts', 'gpt', 'tts'], request_max_retries: 7 },
        persona: { persona_id: 'kim', safety_mode: false, safety_mode_strategy: 'system_prompt' },
        compression: {
          max_turns: 20,
          trim_turns: 3,
          overflow_strategy: 'truncate_by_turns',
          instruction: 'short',
          keep_recent_ratio: 0.2,
          provider_id: '',
          fallback_max_tokens: 64_000,
        },
        misc: {
          max_steps: 12,
          tool_schema_mode: 'skills_like',
          tool_call_timeout: 60,
          sanitize_context_by_modalities: true,
        },
      },
    })
    expect(result).toMatchObject({ config_version: 5, mine: { kept: true }, provider: providers })
    expect(result.provider_settings).toEqual({ image_compress_options: { max_size: 800 }, wake_prefix: '!' })
    expect(isOld(result)).toBe(false)
    expect(migrate(result)).toBe(result)
  })

  test.each([
    [2, 30, 128],
    [2, '30', 128],
    [3, 30, 128],
    [4, 30, 30],
    [undefined, 30, 128],
    [2, 31, 31],
  ])('of version %s turns %j steps into %d', (version, steps, expected) => {
    const document = old({ max_agent_step: steps })
    if (version === undefined) delete document.config_version
    else document.config_version = version
    expect(local(migrate(document)).misc).toMatchObject({ max_steps: expected })
  })

  test('with unusable values gets the defaults', () => {
    const bad = {
      request_max_retries: null,
      default_personality: '',
      llm_safety_mode: 'false',
      max_agent_step: 'abc',
      fallback_chat_models: 'gpt',
    }
    expect(local(migrate(old(bad)))).toMatchObject({
      model: { request_max_retries: 5, fallback_provider_ids: [] },
      persona: { persona_id: 'default', safety_mode: true },
      misc: { max_steps: 128 },
    })
  })

  test('follows its runner to the provider that holds the settings, its own before the default', () => {
    const document = old({ agent_runner_type: 'dify' }, { provider: [] })
    expect(migrate(document, { defaultProviders: providers }).agent_runner).toEqual({
      runner_type: 'dify',
      config: { ...runnerDefaults('dify'), dify_api_key: 'k', timeout: 90 },
    })
    const own = [{ ...providers[2], dify_api_key: 'nearer' }] as JsonObject[]
    document.provider = own
    expect(migrate(document, { defaultProviders: providers }).agent_runner).toMatchObject({
      config: { dify_api_key: 'nearer' },
    })
    expect(migrate(old({ agent_runner_type: 'coze', coze_agent_runner_provider_id: 'my-dify' })).agent_runner).toEqual({
      runner_type: 'coze',
      config: runnerDefaults('coze'),
    })
    expect(migrate(old({ agent_runner_type: 'Dify' })).agent_runner).toMatchObject({ runner_type: 'local' })
  })

  test('keeps an agent_runner that somebody has changed', () => {
    const runner = { runner_type: 'local', config: { misc: { max_steps: 5 } } }
    expect(migrate(old({}, { agent_runner: runner })).agent_runner).toEqual(runner)
    const untouched = { runner_type: 'local', config: runnerDefaults('local') }
    expect(migrate(old({}, { agent_runner: untouched })).agent_runner).toMatchObject({
      config: { misc: { max_steps: 12 } },
    })
    expect(migrate(old({}, { agent_runner: untouched, config_version: 3 })).agent_runner).toEqual(untouched)
  })

  test.each([
    [false, true],
    [true, false],
    [null, false],
    [undefined, false],
  ])('with computer_use_require_admin %j lets members run commands: %s', (value, expected) => {
    const settings = value === undefined ? {} : { computer_use_require_admin: value }
    const complete = completeDocument(migrate(old(settings)))
    expect(complete.provider_settings.computer_use_local_permissions.member.allow_execution).toBe(expected)
  })
})

describe('a document of version 5', () => {
  test('is left alone, and loses keys of old versions', () => {
    const document = { config_version: 5, provider_settings: { wake_prefix: '' } }
    expect(migrate(document)).toBe(document)
    expect(migrate({ config_version: 7, provider_settings: { default_provider_id: 'x' }, agent_runner: {} })).toEqual({
      config_version: 7,
      provider_settings: {},
      agent_runner: {},
    })
  })

  test('with an unknown runner gets the built-in one', () => {
    expect(completeDocument({ config_version: 5, agent_runner: { runner_type: 'foo' } }).agent_runner).toEqual({
      runner_type: 'local',
      config: runnerDefaults('local'),
    })
    expect(
      completeDocument({ agent_runner: { runner_type: 'coze', config: { model: {}, timeout: 5 } } }).agent_runner,
    ).toEqual({
      runner_type: 'coze',
      config: { ...runnerDefaults('coze'), timeout: 5 },
    })
  })
})

describe('the providers of the default document', () => {
  test('lose the runners, keep their order', () => {
    const document = old()
    expect(dropRunnerProviders(document)).toBe(true)
    expect(document.provider).toEqual(providers.slice(0, 2))
    expect(dropRunnerProviders(document)).toBe(false)
  })

  test('are divided into sources and models', () => {
    const document: JsonObject = {
      provider_sources: [{ id: 'gpt_source' }],
      provider: [
        {
          id: 'gpt',
          type: 'openai_chat_completion',
          provider_type: 'chat_completion',
          enable: false,
          key: ['k'],
          model_config: { model: 'm', top_p: 1 },
        },
        { id: 'bound', provider_type: 'chat_completion', provider_source_id: 'gpt_source' },
        { id: 'tts', provider_type: 'text_to_speech', api_key: 'x' },
      ],
    }
    expect(splitProviders(document)).toBe(true)
    expect(document.provider_sources).toEqual([
      { id: 'gpt_source' },
      { id: 'gpt_source_1', type: 'openai_chat_completion', provider_type: 'chat_completion', key: ['k'] },
    ])
    expect(document.provider).toEqual([
      {
        id: 'gpt',
        enable: false,
        provider_source_id: 'gpt_source_1',
        model: 'm',
        modalities: [],
        custom_extra_body: { top_p: 1 },
      },
      { id: 'bound', provider_type: 'chat_completion', provider_source_id: 'gpt_source' },
      { id: 'tts', provider_type: 'text_to_speech', api_key: 'x' },
    ])
    expect(splitProviders(document)).toBe(false)
  })
})
