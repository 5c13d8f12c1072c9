import { describe, expect, it } from 'vitest'
import type { Schema } from './document.ts'
import { parsed, takes } from './testing/evaluate.ts'

describe('values in JSON', () => {
  it('keep their types: no text for numbers, no null where none is named', () => {
    expect(takes({ type: 'integer' }, 1)).toBe(true)
    for (const value of ['1', 1.5, null, true, [1]]) expect(takes({ type: 'integer' }, value)).toBe(false)
    for (const value of ['true', 1, 0, null]) expect(takes({ type: 'boolean' }, value)).toBe(false)
  })

  it('may be null where a type, an enum or a variant says so', () => {
    const kinds: Schema[] = [
      { type: ['string', 'null'], minLength: 2 },
      { enum: ['ab', null] },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      { oneOf: [{ $ref: '#/components/schemas/Name' }, { type: 'null' }] },
    ]
    for (const schema of kinds) {
      expect(takes(schema, null, 'json', { Name: { type: 'string' } })).toBe(true)
      expect(takes(schema, 'ab', 'json', { Name: { type: 'string' } })).toBe(true)
      expect(takes(schema, 0, 'json', { Name: { type: 'string' } })).toBe(false)
    }
    expect(takes({ type: ['string', 'null'], minLength: 2 }, 'a')).toBe(false)
    expect(takes({ type: 'null' }, undefined)).toBe(false)
  })

  it('are held against every type of a list of types, each with its limits', () => {
    const schema: Schema = { type: ['string', 'integer', 'null'], maxLength: 2, minimum: 5 }
    for (const value of ['ab', 5, null]) expect(takes(schema, value)).toBe(true)
    for (const value of ['abc', 4, 5.5, true]) expect(takes(schema, value)).toBe(false)
  })

  it('are measured in code points, as people and Ajv count them', () => {
    expect(takes({ type: 'string', maxLength: 1 }, '😀')).toBe(true)
    expect(takes({ type: 'string', minLength: 2 }, '😀')).toBe(false)
  })

  it('match constants and words exactly', () => {
    expect(takes({ const: 'end' }, 'end')).toBe(true)
    expect(takes({ const: 1 }, '1')).toBe(false)
    expect(takes({ const: null }, null)).toBe(true)
    expect(takes({ enum: [1, 'a', true] }, true)).toBe(true)
    expect(takes({ enum: [1, 'a', true] }, '1')).toBe(false)
  })

  it('fit exactly one variant of oneOf, one or more of anyOf', () => {
    const parts: Schema[] = [
      { type: 'integer', minimum: 0 },
      { type: 'integer', maximum: 10 },
    ]
    expect(takes({ oneOf: parts }, 11)).toBe(true)
    expect(takes({ oneOf: parts }, 5)).toBe(false)
    expect(takes({ anyOf: parts }, 5)).toBe(true)
  })

  it('fit the fields beside a oneOf as well', () => {
    const schema: Schema = {
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'string' } },
      oneOf: [
        { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
        { type: 'object', required: ['b'], properties: { b: { type: 'string' } } },
      ],
    }
    expect(takes(schema, { id: '1', a: '' })).toBe(true)
    expect(takes(schema, { a: '' })).toBe(false)
    expect(takes(schema, { id: '1' })).toBe(false)
    expect(takes(schema, { id: '1', a: '', b: '' })).toBe(false)
  })

  it('may nest without end where a type refers to itself', () => {
    const Tree: Schema = {
      type: 'object',
      required: ['children'],
      properties: { children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } },
    }
    expect(takes({ $ref: '#/components/schemas/Tree' }, { children: [{ children: [] }] }, 'json', { Tree })).toBe(true)
    expect(takes({ $ref: '#/components/schemas/Tree' }, { children: [{ children: [{}] }] }, 'json', { Tree })).toBe(
      false,
    )
  })

  it('never get a default: an update names only what it changes', () => {
    const schema: Schema = {
      type: 'object',
      properties: { name: { type: 'string', default: 'x' }, enabled: { type: 'boolean', default: true } },
    }
    expect(parsed(schema, {})).toEqual({})
    expect(parsed(schema, { name: 'a' })).toEqual({ name: 'a' })
    expect(parsed(schema, { name: 'a' }, 'text')).toEqual({ name: 'a' })
  })

  it('lose fields nobody knows, keep them in open objects, are refused with them in closed ones', () => {
    const properties = { a: { type: 'string' } }
    expect(parsed({ type: 'object', properties }, { a: '', b: 1 })).toEqual({ a: '' })
    expect(parsed({ type: 'object', properties, additionalProperties: true }, { a: '', b: 1 })).toEqual({ a: '', b: 1 })
    expect(takes({ type: 'object', properties, additionalProperties: false }, { a: '', b: 1 })).toBe(false)
    expect(takes({ type: 'object', properties, additionalProperties: { type: 'string' } }, { a: '', b: 1 })).toBe(false)
    expect(takes({ type: 'object', properties: {}, additionalProperties: false }, { b: 1 })).toBe(false)
    expect(takes({ type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 1 }, { a: 1, b: 1 })).toBe(
      false,
    )
  })

  it('may be absent but not undefined or null where optional', () => {
    const schema: Schema = { type: 'object', properties: { a: { type: 'string' } } }
    expect(takes(schema, {})).toBe(true)
    expect(takes(schema, { a: null })).toBe(false)
    expect(takes(schema, { a: undefined })).toBe(false)
  })

  it('are dates that exist, with an offset', () => {
    const schema: Schema = { type: 'string', format: 'date-time' }
    const good = [
      '2026-07-06T04:00:00.123000+00:00',
      '2026-07-06T04:00:00Z',
      '2028-02-29T23:59:59-09:30',
      '2026-07-06 04:00:00z',
      '0001-01-01T00:00:00Z',
    ]
    for (const text of good) expect(takes(schema, text), text).toBe(true)
    const bad = [
      '2026-02-29T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-04-31T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-00-01T00:00:00Z',
      '2026-01-00T00:00:00Z',
    ]
    const worse = [
      '2026-01-01T24:00:00Z',
      '2026-01-01T00:60:00Z',
      '2026-01-01T00:00:00',
      '2026-01-01',
      '2026-01-01T00:00:00+24:00',
      '1767232800',
      '',
      'soon',
      '2026-01-01T00:00:00Z ',
    ]
    for (const text of [...bad, ...worse]) expect(takes(schema, text), text).toBe(false)
  })
})

describe('values in text', () => {
  it('are booleans in the usual words alone', () => {
    for (const text of ['true', 'TRUE', '1', 'yes', 'on', 't', 'y'])
      expect(parsed({ type: 'boolean' }, text, 'text')).toBe(true)
    for (const text of ['false', 'False', '0', 'no', 'off', 'f', 'n'])
      expect(parsed({ type: 'boolean' }, text, 'text')).toBe(false)
    for (const text of ['', ' true', '2', 'null', 'wahr', ['true']])
      expect(takes({ type: 'boolean' }, text, 'text')).toBe(false)
  })

  it('are integers in plain decimals alone, inside of their limits', () => {
    const schema: Schema = { type: 'integer', minimum: -5, maximum: 200 }
    expect(parsed(schema, '-5', 'text')).toBe(-5)
    expect(parsed(schema, '0200', 'text')).toBe(200)
    for (const text of [
      '',
      ' 1',
      '1 ',
      '1.5',
      '0x10',
      '1e2',
      '+1',
      '201',
      '-6',
      'NaN',
      'Infinity',
      '１',
      '9'.repeat(400),
    ]) {
      expect(takes(schema, text, 'text'), text).toBe(false)
    }
    expect(parsed({ type: 'number' }, '1.5', 'text')).toBe(1.5)
  })

  it('are lists even when one value came, but not where a single value is meant', () => {
    expect(parsed({ type: 'array', items: { type: 'integer' } }, '7', 'text')).toEqual([7])
    expect(parsed({ type: 'array', items: { type: 'integer' } }, ['7', '8'], 'text')).toEqual([7, 8])
    expect(takes({ type: 'string' }, ['a', 'b'], 'text')).toBe(false)
    const either: Schema = { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] }
    expect(parsed(either, 'a', 'text')).toBe('a')
  })

  it('are converted inside of named types and unnamed fields too', () => {
    const Options: Schema = {
      type: 'object',
      properties: { size: { $ref: '#/components/schemas/Size' } },
      additionalProperties: { type: 'boolean' },
    }
    const components = { Options, Size: { type: 'integer' } }
    expect(parsed({ $ref: '#/components/schemas/Options' }, { size: '3', more: 'yes' }, 'text', components)).toEqual({
      size: 3,
      more: true,
    })
  })

  it('are files where the contract says binary, one or several', () => {
    const file = new File(['x'], 'x.txt')
    const form: Schema = {
      type: 'object',
      required: ['file'],
      properties: {
        file: { type: 'string', format: 'binary' },
        more: { type: 'array', items: { type: 'string', format: 'binary' } },
        overwrite: { type: 'boolean' },
      },
    }
    expect(parsed(form, { file, more: file, overwrite: 'false' }, 'text')).toEqual({
      file,
      more: [file],
      overwrite: false,
    })
    expect(takes(form, { file, more: [file, file] }, 'text')).toBe(true)
    expect(takes(form, { file: 'x.txt' }, 'text')).toBe(false)
    expect(takes(form, { file: [file, file] }, 'text')).toBe(false)
  })
})

describe('what the writer does not understand', () => {
  it.each<Schema>([
    { type: 'array', uniqueItems: true } as Schema,
    { type: 'object', propertyNames: { pattern: '^a' } } as Schema,
    { not: { type: 'string' } } as Schema,
    { type: 'date' },
    { allOf: [{ type: 'string' }] },
    { type: 'object', properties: {}, oneOf: [], anyOf: [] },
  ])('is an error: %j', schema => {
    expect(() => takes(schema, {})).toThrow()
  })
})

// The written list: the conformance test makes no such values.
describe('where Zod and Ajv are known to disagree', () => {
  it('integers: Zod takes those that a double holds exactly', () => {
    expect(takes({ type: 'integer' }, 2 ** 53)).toBe(false)
    expect(takes({ type: 'integer' }, 2 ** 53 - 1)).toBe(true)
  })

  it('times: Ajv takes leap seconds, offsets of whole hours and any blank before the time', () => {
    for (const text of ['2016-12-31T23:59:60Z', '2026-01-01T00:00:00+08', '2026-01-01\t00:00:00Z']) {
      expect(takes({ type: 'string', format: 'date-time' }, text), text).toBe(false)
    }
  })

  it('maps: Zod passes over a key named __proto__', () => {
    const value = JSON.parse('{"__proto__": 1}') as unknown
    expect(parsed({ type: 'object', additionalProperties: { type: 'string' } }, value)).toEqual({})
  })
})
