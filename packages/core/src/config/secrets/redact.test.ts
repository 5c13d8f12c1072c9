import { describe, expect, test } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import aiGroup from '../form/ai-group.json' with { type: 'json' }
import botFields from '../form/bot-fields.json' with { type: 'json' }
import otherGroups from '../form/other-groups.json' with { type: 'json' }
import providerFields from '../form/provider-fields.json' with { type: 'json' }
import { addressBesideMask } from './masked-settings.ts'
import { redact, unmask } from './redact.ts'
import { isSecretKey } from './secret-keys.ts'

const document: JsonObject = {
  timezone: 'Asia/Shanghai',
  dashboard: {
    username: 'me',
    password: 'h1',
    pbkdf2_password: 'h2',
    jwt_secret: 'j',
    totp: { enable: true, secret: 's', recovery_code_hash: 'r' },
  },
  provider_settings: { websearch_tavily_key: ['t1', 't2'], websearch_baidu_app_builder_key: '', prompt_prefix: 'key' },
  provider_sources: [{ id: 'a', key: ['k1', 'k2'], custom_headers: { Authorization: 'Bearer x', Accept: '*/*' } }],
  platform: [
    { id: 'tg', telegram_token: 'tok' },
    { id: 'wx', weixin_oc_context_tokens: { peer: 'ctx' } },
  ],
  agent_runner: { runner_type: 'dify', config: { dify_api_key: 'd', dify_query_input_key: 'astrbot_text_query' } },
}

const secrets = ['h1', 'h2', '"j"', '"s"', '"r"', 't1', 't2', 'k1', 'k2', 'Bearer x', 'tok"', 'ctx', '"d"']

describe('what API keys see', () => {
  const visible = redact(document, 'pepper')
  const text = JSON.stringify(visible)

  test('holds no secret, and everything else', () => {
    for (const secret of secrets) expect(text).not.toContain(secret)
    expect(visible).toMatchObject({
      timezone: 'Asia/Shanghai',
      dashboard: { username: 'me', totp: { enable: true } },
      provider_settings: { websearch_baidu_app_builder_key: '', prompt_prefix: 'key' },
      provider_sources: [{ id: 'a', custom_headers: { Accept: '*/*' } }],
      agent_runner: { config: { dify_query_input_key: 'astrbot_text_query' } },
    })
    expect(visible.dashboard).toEqual({ username: 'me', totp: { enable: true } })
  })

  test('becomes the same document again, also in another order', () => {
    const unknown: string[] = []
    const sent = structuredClone(visible)
    if (isJsonObject(sent.provider_settings))
      sent.provider_settings.websearch_tavily_key = reversed(sent.provider_settings.websearch_tavily_key)
    const restored = unmask(sent, {
      sources: [document],
      pepper: 'pepper',
      byKey: true,
      refuse: path => unknown.push(path),
    })
    expect(unknown).toEqual([])
    expect(restored).toEqual({
      ...document,
      dashboard: { username: 'me', totp: { enable: true } },
      provider_settings: {
        websearch_tavily_key: ['t2', 't1'],
        websearch_baidu_app_builder_key: '',
        prompt_prefix: 'key',
      },
    })
  })

  test('does not give secrets away in other places', () => {
    const mask = (visible.agent_runner as JsonObject).config as JsonObject
    const unknown: string[] = []
    const moved = { timezone: mask.dify_api_key ?? '', platform: [{ telegram_token: mask.dify_api_key ?? '' }] }
    const context = { sources: [document], pepper: 'pepper', byKey: true, refuse: (path: string) => unknown.push(path) }
    expect(unmask(moved, context)).toEqual(moved)
    expect(unknown).toEqual(['platform.telegram_token'])
  })

  test('names no variables of the environment, which anybody else may', () => {
    const refused: string[] = []
    const sent = {
      provider_sources: [{ key: ['$HOME', ['$', '{DATABASE_URL} '].join(''), '$5 a month', 'sk-$x'] }],
      timezone: '$TZ',
    }
    const context = { sources: [document], pepper: 'pepper', refuse: (path: string) => refused.push(path) }
    unmask(sent, { ...context, byKey: false })
    expect(refused).toEqual([])
    unmask(sent, { ...context, byKey: true })
    expect(refused).toEqual(['provider_sources.key', 'provider_sources.key'])
  })

  test('cannot be led to another address', () => {
    const { agent_runner: runner } = visible as { agent_runner: { runner_type: string; config: JsonObject } }
    const sent = (more: JsonObject) => ({ agent_runner: { ...runner, config: { ...runner.config, ...more } } })
    expect(addressBesideMask(sent({}), document)).toBeUndefined()
    expect(addressBesideMask(sent({ dify_api_base: 'https://else.where' }), document)).toBe(
      'agent_runner.config.dify_api_base',
    )
    const own = { dify_api_base: 'https://else.where', dify_api_key: 'mine' }
    expect(addressBesideMask(sent(own), document)).toBeUndefined()
  })

  test('cannot be guessed without the pepper', () => {
    expect(JSON.stringify(redact(document, 'other'))).not.toBe(text)
  })
})

test('every field that a form masks is a secret', () => {
  const keys = maskedIn([aiGroup, otherGroups, botFields, providerFields]).map(path => path.split('.').at(-1) ?? '')
  expect(keys.length).toBeGreaterThan(40)
  expect(keys.filter(key => !isSecretKey(key, ''))).toEqual([])
})

/** The names of the fields with `secret: true`, at any depth. */
function maskedIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(maskedIn)
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([key, facts]) =>
    isJsonObject(facts) && facts.secret === true ? [key] : maskedIn(facts),
  )
}

function reversed(list: unknown) {
  return Array.isArray(list) ? list.toReversed() : []
}
