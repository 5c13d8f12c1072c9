import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conform } from './conform.ts'
import { defaultConfig } from './document.ts'

const defaults = {
  a: 1,
  b: 'x',
  c: true,
  list: ['y'],
  nested: { d: 2, e: '' },
  agent_runner: { runner_type: 'local', config: { model: 1 } },
}

describe('conform', () => {
  test('gives every missing, null or unusable value its default', () => {
    expect(conform(defaults, {})).toEqual(defaults)
    expect(conform(defaults, { a: null, b: null, c: 'yes', list: {}, nested: 7 })).toEqual(defaults)
    expect(conform(defaults, { nested: { d: null } }).nested).toEqual({ d: 2, e: '' })
  })

  test('keeps what fits, and unknown keys at every level', () => {
    const document = { a: 5, b: '', c: false, list: [1, null], nested: { d: 0, e: 'z', own: { k: [1] } }, mine: 'kept' }
    expect(conform(defaults, document)).toEqual({ ...document, agent_runner: defaults.agent_runner })
  })

  test('reads numbers in quotes and numbers as texts', () => {
    expect(conform(defaults, { a: '6185', b: 42 })).toMatchObject({ a: 6185, b: '42' })
    expect(conform(defaults, { a: ' ' })).toMatchObject({ a: 1 })
  })

  test('leaves the settings of the agent runner alone', () => {
    const agent_runner = { runner_type: 'dify', config: { dify_api_key: 'k' } }
    expect(conform(defaults, { agent_runner }).agent_runner).toEqual(agent_runner)
  })

  test('cannot be used to reach the prototype', () => {
    const result = conform(defaults, JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
    expect('polluted' in result).toBe(false)
  })

  test('makes any document complete, once and for all, and changes neither side', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(defaultConfig)), fc.string()), fc.jsonValue()),
        raw => {
          const document = JSON.parse(JSON.stringify(raw))
          const before = JSON.stringify(document)
          const result = conform(defaultConfig, document)
          expect(Object.keys(result)).toEqual(expect.arrayContaining(Object.keys(defaultConfig)))
          expect(conform(defaultConfig, result)).toEqual(result)
          expect(JSON.stringify(document)).toBe(before)
        },
      ),
    )
  })
})
