import { describe, expect, it } from 'vitest'
import type { Document, Operation, Schema } from '../codegen/document.ts'
import { compare } from './compare.ts'
import { explain } from './differences.ts'
import { openObjects } from './open-objects.ts'
import { summarise } from './summary.ts'

function documentOf(body: Schema, more: Partial<Operation> = {}, schemas: Record<string, Schema> = {}): Document {
  const operation: Operation = {
    operationId: 'save',
    tags: ['Things'],
    summary: 'Save',
    requestBody: { required: true, content: { 'application/json': { schema: body } } },
    responses: {},
    ...more,
  }
  return {
    openapi: '3.1.0',
    info: { title: 't', version: '1' },
    tags: [],
    security: [{ Key: [] }],
    paths: { '/things/{id}': { post: operation } },
    components: { schemas, parameters: {}, responses: {}, securitySchemes: {} },
  }
}

function places(seed: Document, ours: Document): string[] {
  return compare(summarise(seed), summarise(ours)).map(({ place }) => place)
}

describe('compare', () => {
  const seed = documentOf({
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string' },
      size: { type: 'integer', minimum: 1, default: 3 },
      kind: { type: 'string', enum: ['a', 'b'] },
    },
  })

  it('finds nothing where only abuse limits, nulls and fields were added, however the schema is put together', () => {
    const parts: Schema[] = [
      {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', maxLength: 9 }, note: { type: 'string' } },
      },
      { $ref: '#/components/schemas/Sized' },
    ]
    const sized: Schema = {
      type: 'object',
      properties: {
        size: { type: ['integer', 'null'], minimum: 1, default: 3 },
        kind: { type: 'string', enum: ['a', 'b', 'c'] },
      },
    }
    expect(places(seed, documentOf({ allOf: parts }, {}, { Sized: sized }))).toEqual([])
  })

  it('finds what is gone, moved, narrower or newly required', () => {
    const ours = documentOf(
      {
        type: 'object',
        required: ['size', 'extra'],
        properties: {
          size: { type: 'string', minimum: 2 },
          kind: { type: 'string', enum: ['a'] },
          extra: { type: 'string' },
        },
      },
      { 'x-astrbot-scope': 'data' },
    )
    expect(places(seed, ours)).toEqual([
      'save scope',
      'save body name missing',
      'save body size required',
      'save body size type',
      'save body size minimum',
      'save body size default',
      'save body kind enum',
      'save body extra added',
    ])
  })

  it('finds operations and parameters that are missing', () => {
    const parameter = { name: 'page', in: 'query', schema: { type: 'integer' } } as const
    expect(places(documentOf({}, { parameters: [parameter] }), documentOf({}))).toEqual(['save query page missing'])
    expect(places(seed, documentOf({}, { operationId: 'other' }))).toEqual(['save missing'])
  })

  it('calls a field of alternatives required only where all of them require it', () => {
    const either: Schema = {
      oneOf: [
        { type: 'object', required: ['name'], properties: { name: { const: 'x' } } },
        { type: 'object', required: ['name'], properties: { name: { const: 'y' }, more: { type: 'string' } } },
      ],
    }
    const fields = summarise(documentOf(either))['save']?.body['application/json']
    expect(fields?.['name']).toEqual(['required', 'string', 'enum="x"|"y"'])
    expect(fields?.['more']).toEqual(['string'])
  })
})

describe('explain', () => {
  const difference = (place: string) => ({ place, seed: '', ours: '' })

  it('tells listed, unlisted and stale places apart', () => {
    const found = explain(
      [difference('save scope'), difference('load scope')],
      [{ places: ['save *', 'gone scope'], reason: 'because' }],
    )
    expect(found.known.get('because')).toEqual([difference('save scope')])
    expect(found.unlisted).toEqual([difference('load scope')])
    expect(found.stale).toEqual(['gone scope'])
  })
})

describe('openObjects', () => {
  it('finds every place that takes anything, with its reason', () => {
    const schemas: Record<string, Schema> = {
      Any: {},
      Bag: { type: 'object' },
      Loose: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: true },
      List: { type: ['array', 'null'] },
      Explained: { type: 'object', additionalProperties: {}, 'x-astrbot-open': 'dynamic' },
      Map: { type: 'object', additionalProperties: { type: 'string' } },
      Plain: { type: 'object', properties: { a: { type: 'string' } } },
      Closed: { type: 'object', properties: {}, additionalProperties: false },
    }
    const found = openObjects(documentOf({ type: 'string' }, {}, schemas))
    expect(found.map(({ place, reason }) => [place, reason])).toEqual([
      ['Any', undefined],
      ['Bag', undefined],
      ['Loose', undefined],
      ['List', undefined],
      ['Explained', 'dynamic'],
    ])
  })
})
