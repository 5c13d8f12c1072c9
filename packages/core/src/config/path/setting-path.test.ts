import { describe, expect, it } from 'vitest'
import { parsePath, readSetting, ruleOf, similarSettings, valueFromText, withSetting } from './setting-path.ts'

describe('paths of settings', () => {
  it('are keys and positions', () => {
    expect(parsePath('a.b_c[0].d-e')).toEqual(['a', 'b_c', 0, 'd-e'])
    expect(parsePath('platform[12]')).toEqual(['platform', 12])
    for (const wrong of ['', '.', 'a.', '.a', 'a..b', 'a[x]', 'a[-1]', 'a]', 'a[1'])
      expect(() => parsePath(wrong), wrong).toThrow(SyntaxError)
  })

  it('read own keys only', () => {
    const document = { a: { list: [1, { b: 2 }] } }
    expect(readSetting(document, ['a', 'list', 1, 'b'])).toBe(2)
    expect(readSetting(document, ['a', 'list', 'length'])).toBeUndefined()
    expect(readSetting(document, ['constructor'])).toBeUndefined()
    expect(readSetting(document, [])).toBe(document)
  })

  it('change a copy, and put what is beyond the end of a list at its end', () => {
    const document = { a: { list: [1, 2], other: true } }
    expect(withSetting(document, ['a', 'list', 1], 9)).toEqual({ a: { list: [1, 9], other: true } })
    expect(withSetting(document, ['a', 'list', 7], 9)).toEqual({ a: { list: [1, 2, 9], other: true } })
    expect(withSetting(document, ['x', 'y'], 'z')).toEqual({ ...document, x: { y: 'z' } })
    expect(document).toEqual({ a: { list: [1, 2], other: true } })
  })

  it('lead to the rules of the contract, also where they depend on a choice', () => {
    const dify = { agent_runner: { runner_type: 'dify', config: {} } }
    expect(ruleOf({}, parsePath('platform_settings.rate_limit.count'))).toMatchObject({ type: 'integer' })
    expect(ruleOf({}, parsePath('admins_id[3]'))).toMatchObject({ type: 'string' })
    expect(ruleOf(dify, parsePath('agent_runner.config.dify_api_key'))).toMatchObject({ type: 'string' })
    expect(ruleOf(dify, parsePath('agent_runner.config.bot_id'))).toBeUndefined()
    expect(ruleOf(dify, parsePath('agent_runner.config.variables.anything'))).toMatchObject({ extra: true })
    expect(ruleOf({}, parsePath('nothing.of.this'))).toBeUndefined()
    expect(ruleOf({}, ['__proto__'])).toBeUndefined()
  })

  it('take text as it is where text belongs, and JSON elsewhere', () => {
    expect(valueFromText({ type: 'string' }, '12')).toBe('12')
    expect(valueFromText({ type: 'string' }, '"x"')).toBe('"x"')
    expect(valueFromText({ type: ['string', 'null'] }, 'null')).toBe(null)
    expect(valueFromText({ type: ['string', 'null'] }, '12')).toBe('12')
    expect(valueFromText({ type: 'boolean' }, 'true')).toBe(true)
    expect(valueFromText({ type: 'array' }, '["a"]')).toEqual(['a'])
    expect(valueFromText({ type: 'integer' }, 'many')).toBe('many')
    expect(valueFromText('free', '{"a":1}')).toEqual({ a: 1 })
  })

  it('are found by something similar', () => {
    expect(similarSettings('provider_settings.wake_prefx')).toContain('provider_settings.wake_prefix')
    expect(similarSettings('dify_api_key')[0]).toBe('agent_runner.config.dify_api_key')
    expect(similarSettings('zzzzzzzz')).toEqual([])
  })
})
