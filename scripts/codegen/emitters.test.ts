import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { emitErrors } from './emit-errors.ts'
import { emitRoutes } from './emit-routes.ts'
import { emitSchemas } from './emit-schemas.ts'
import { emitTypes } from './emit-types.ts'
import { documentOf } from './testing/evaluate.ts'

const folder = mkdtempSync(join(tmpdir(), 'astrbot-emit-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('emitErrors', () => {
  function emitted(text: string) {
    const file = join(folder, 'errors.yaml')
    writeFileSync(file, text)
    return emitErrors(file)
  }

  it('writes the catalogue and refuses entries that are incomplete or oddly named', () => {
    expect(emitted('gone_fishing: { status: 404, en: "Gone", zh: "走了" }\n')).toContain(
      'gone_fishing: {"status":404,"en":"Gone","zh":"走了"}',
    )
    expect(() => emitted('goneFishing: { status: 404, en: "a", zh: "b" }\n')).toThrow('goneFishing is not snake_case')
    expect(() => emitted('gone: { status: 200, en: "a", zh: "b" }\n')).toThrow('gone is incomplete')
    expect(() => emitted('gone: { status: 404, en: "a" }\n')).toThrow('gone is incomplete')
  })
})

describe('emitRoutes', () => {
  const page = { name: 'page', in: 'query', schema: { type: 'integer', default: 1 } } as const
  const body = (type: string) => ({
    requestBody: {
      content: { [type]: { schema: { type: 'object', properties: { on: { type: 'boolean', default: true } } } } },
    },
  })

  it('fills in the defaults of parameters, never those of bodies', () => {
    const text = emitRoutes(
      documentOf({
        'GET /things': { operationId: 'list', parameters: [page] },
        'PATCH /things': { operationId: 'patch', ...body('application/json') },
      }),
    )
    expect(text).toContain('"page": textNumber.pipe(z.int()).default(1)')
    expect(text.match(/default\(/g)).toHaveLength(1)
  })

  it('reads forms as text, JSON as it is, and leaves every other body to the handler', () => {
    const emitted = (type: string) => emitRoutes(documentOf({ 'POST /things': { operationId: 'post', ...body(type) } }))
    expect(emitted('multipart/form-data')).toContain('"on": textBoolean.exactOptional()')
    expect(emitted('application/json')).toContain('"on": z.boolean().exactOptional()')
    expect(emitted('text/plain')).toContain('"text/plain": null')
    expect(emitted('*/*')).toContain('"*/*": null')
  })

  it('names the JSON of successes only', () => {
    const json = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } }
    const document = documentOf(
      { 'GET /things': { operationId: 'list', responses: { 200: json, 404: json } } },
      { Thing: { type: 'string' } },
    )
    expect(emitRoutes(document)).toContain('answers: { 200: once(() => z.lazy(s.Thing)) }')
  })
})

describe('emitSchemas', () => {
  it('holds every schema against the generated type of its name', () => {
    const text = emitSchemas(documentOf({}, { Thing: { type: 'string' } }))
    expect(text).toContain("export const Thing: () => z.ZodType<Schemas['Thing']> = once(() => z.string())")
  })
})

describe('emitTypes', () => {
  const document = documentOf({
    'GET /things': {
      operationId: 'list',
      parameters: [
        { name: 'page', in: 'query', schema: { type: 'integer', default: 1 } },
        { name: 'name', in: 'query', schema: { type: 'string' } },
      ],
      requestBody: {
        content: {
          'multipart/form-data': {
            schema: {
              type: 'object',
              properties: { file: { type: 'string', format: 'binary' }, on: { type: 'boolean', default: true } },
            },
          },
        },
      },
    },
  })

  it('has defaulted parameters always there for the server, optional for the client; fields of bodies optional for both', async () => {
    const server = await emitTypes(document, 'server')
    const client = await emitTypes(document, 'client')
    expect(server).toMatch(/\bpage: number/)
    expect(client).toMatch(/\bpage\?: number/)
    for (const text of [server, client]) {
      expect(text).toMatch(/\bname\?: string/)
      expect(text).toMatch(/\bon\?: boolean/)
      expect(text).toMatch(/\bfile\?: Blob/)
    }
  })
})
