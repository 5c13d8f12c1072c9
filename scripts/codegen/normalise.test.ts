import { describe, expect, it } from 'vitest'
import type { Schema } from './document.ts'
import { normalise } from './normalise.ts'
import { documentOf } from './testing/evaluate.ts'

function normalised(schemas: Record<string, Schema>): Record<string, Schema> {
  return normalise(documentOf({}, schemas)).components.schemas
}

describe('normalise', () => {
  it('makes one object of an allOf, later parts winning, required fields adding up', () => {
    const { Answer } = normalised({
      Ok: { type: 'object', required: ['status', 'data'], properties: { status: { const: 'ok' }, data: {} } },
      Answer: {
        allOf: [
          { $ref: '#/components/schemas/Ok' },
          { type: 'object', required: ['data'], properties: { data: { type: 'integer' } } },
        ],
      },
    })
    expect(Answer).toEqual({
      type: 'object',
      required: ['status', 'data'],
      properties: { status: { const: 'ok' }, data: { type: 'integer' } },
    })
  })

  it('gives a discriminator the mapping its variants stand for, and leaves a written one alone', () => {
    const variant = (word: Schema): Schema => ({ type: 'object', required: ['type'], properties: { type: word } })
    const refs = [{ $ref: '#/components/schemas/Text' }, { $ref: '#/components/schemas/Media' }]
    const { Part, Mapped } = normalised({
      Text: variant({ const: 'text' }),
      Media: variant({ enum: ['image', 'video'] }),
      Part: { oneOf: refs, discriminator: { propertyName: 'type' } },
      Mapped: { oneOf: refs, discriminator: { propertyName: 'type', mapping: { t: 'Text' } } },
    })
    expect(Part?.discriminator?.mapping).toEqual({
      text: '#/components/schemas/Text',
      image: '#/components/schemas/Media',
      video: '#/components/schemas/Media',
    })
    expect(Mapped?.discriminator?.mapping).toEqual({ t: 'Text' })
  })

  it('says of an object without fields that it takes any, and of one with fields nothing', () => {
    const { Bag, Thing } = normalised({
      Bag: { type: 'object' },
      Thing: { type: 'object', properties: { a: { type: 'object' } } },
    })
    expect(Bag?.additionalProperties).toBe(true)
    expect(Thing).toEqual({ type: 'object', properties: { a: { type: 'object', additionalProperties: true } } })
  })

  it('puts shared parameters in place', () => {
    const document = documentOf({ 'GET /things': { parameters: [{ $ref: '#/components/parameters/Page' } as never] } })
    document.components.parameters['Page'] = { name: 'page', in: 'query', schema: { type: 'integer' } }
    const page = { name: 'page', in: 'query', schema: { type: 'integer' } }
    expect(normalise(document).paths['/things']?.get?.parameters).toEqual([page])
  })
})
