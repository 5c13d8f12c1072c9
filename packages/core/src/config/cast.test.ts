import { describe, expect, test } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { type CastOptions, type CastReport, cast } from './cast.ts'
import { defaultConfig } from './document.ts'
import { defaultsOf, documentRule, ruleAt } from './rules.ts'

function castDocument(value: Json, options: CastOptions = { unknown: 'drop' }, stored?: Json) {
  const report: CastReport = { problems: [], dropped: [] }
  return { value: cast(documentRule, value, '', options, report, stored), ...report }
}

describe('a strict cast', () => {
  test('takes the defaults as they are', () => {
    const { value, problems, dropped } = castDocument(structuredClone(defaultConfig) as JsonObject)
    expect(problems).toEqual([])
    expect(dropped).toEqual([])
    expect(value).toEqual(defaultConfig)
  })

  test.each([
    ['t2i_word_threshold', '321', 321],
    ['t2i_word_threshold', ' +1_000 ', 1000],
    ['t2i_word_threshold', '-1', -1],
    ['t2i_word_threshold', 1.9, 1],
    ['t2i_word_threshold', true, 1],
    ['admins_id', ['a', 42], ['a', '42']],
    ['provider_tts_settings.trigger_probability', '0.25', 0.25],
    ['provider_tts_settings.trigger_probability', '1e-1', 0.1],
    ['timezone', '', ''],
  ])('reads %s from %j', (path, given, expected) => {
    const { value, problems } = castDocument(nested(path, given))
    expect(problems).toEqual([])
    expect(at(value, path)).toEqual(expected)
  })

  test.each([
    ['t2i_word_threshold', 'many', 'expected a whole number, got text'],
    ['t2i_word_threshold', '1.5', 'expected a whole number, got text'],
    ['t2i_word_threshold', 2 ** 60, 'expected a whole number, got a number'],
    ['t2i', 1, 'expected true or false, got a number'],
    ['timezone', 5, 'expected text, got a number'],
    ['wake_prefix', 'text', 'expected a list, got text'],
    ['wake_prefix', {}, 'expected a list, got an object'],
    ['content_safety', [], 'expected an object, got a list'],
    ['admins_id', [2 ** 60], 'expected text, got a number', '[0]'],
    ['provider_settings.computer_use_local_permissions.member', null, 'expected an object, got null'],
    ['agent_runner', { runner_type: null }, 'must be one of local, dify, coze, dashscope, deerflow', '.runner_type'],
    ['log_level', 'LOUD', 'must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL'],
    ['dashboard.port', 65536, 'must be at most 65535'],
    ['provider_tts_settings.trigger_probability', -0.1, 'must be at least 0'],
    [
      'agent_runner',
      { runner_type: 'local', config: { misc: { max_steps: 0 } } },
      'must be at least 1',
      '.config.misc.max_steps',
    ],
    ['agent_runner', { runner_type: 'nope' }, 'must be one of local, dify, coze, dashscope, deerflow', '.runner_type'],
  ])('refuses %s %j', (path, given, message, below = '') => {
    expect(castDocument(nested(path, given)).problems).toEqual([{ path: path + below, message }])
  })

  test('names every problem at once, elements of lists included', () => {
    const { problems } = castDocument({ admins_id: ['a', {}, null], t2i: 'no', kb_final_top_k: 'x' })
    expect(problems.map(({ path }) => path)).toEqual(['admins_id[1]', 'admins_id[2]', 't2i', 'kb_final_top_k'])
  })

  test('takes null for absent, in groups too', () => {
    const { value, problems } = castDocument({
      content_safety: { baidu_aip: null, also_use_in_response: null },
      agent_runner: { runner_type: 'local', config: { misc: { max_steps: null }, model: null } },
    })
    expect(problems).toEqual([])
    expect(value).toEqual({ content_safety: {}, agent_runner: { runner_type: 'local', config: { misc: {} } } })
  })

  test('leaves out unknown keys, unless the document has them already', () => {
    const given = { mine: 1, platform_settings: { own: 2, typo: 3, reply_prefix: 'x' } }
    expect(castDocument(given).dropped).toEqual(['mine', 'platform_settings.own', 'platform_settings.typo'])
    const stored = { platform_settings: { own: 'before' } }
    const { value, dropped } = castDocument(given, { unknown: 'stored' }, stored)
    expect(value).toEqual({ platform_settings: { own: 2, reply_prefix: 'x' } })
    expect(dropped).toEqual(['mine', 'platform_settings.typo'])
  })

  test('lets bots and providers have keys of their own, but holds the known ones', () => {
    const { value, problems } = castDocument({ platform: [{ id: 'a', port: '80', x: { y: 1 } }, { id: 5 }] })
    expect(value).toEqual({ platform: [{ id: 'a', port: 80, x: { y: 1 } }, {}] })
    expect(problems).toEqual([{ path: 'platform[1].id', message: 'expected text, got a number' }])
  })
})

describe('a lenient cast', () => {
  test('bends numbers into shape and leaves out what stays unusable', () => {
    const given = {
      admins_id: ['a', 42, {}],
      t2i_word_threshold: 4.7,
      t2i: 'no',
      log_level: 'LOUD',
      dashboard: { port: 99_999 },
    }
    const { value } = castDocument(given, { lenient: true, unknown: 'keep' })
    expect(value).toEqual({ admins_id: ['a', '42'], t2i_word_threshold: 4, dashboard: { port: 65_535 } })
  })
})

test('the default document states the defaults of the contract', () => {
  const stated = defaultsOf(documentRule)
  const prompts = [
    'provider_settings.image_caption_prompt',
    'subagent_orchestrator.router_system_prompt',
    'agent_runner',
  ]
  for (const [path, value] of leaves(defaultConfig as JsonObject)) {
    const variant = ruleAt(documentRule, path)
    expect(variant, path).toBeDefined()
    if (!prompts.some(prompt => path.startsWith(prompt))) expect(at(stated, path), path).toEqual(value)
  }
})

function nested(path: string, value: Json): JsonObject {
  const [first = '', ...rest] = path.split('.')
  return { [first]: rest.length > 0 ? nested(rest.join('.'), value) : value }
}

function at(value: Json | undefined, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((below, key) => (isJsonObject(below) ? below[key] : undefined), value)
}

function leaves(value: JsonObject, prefix = ''): [string, Json][] {
  return Object.entries(value).flatMap(([key, item]) =>
    isJsonObject(item) && Object.keys(item).length > 0
      ? leaves(item, `${prefix}${key}.`)
      : [[prefix + key, item] as [string, Json]],
  )
}
