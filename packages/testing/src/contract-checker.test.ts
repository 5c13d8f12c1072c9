import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createContractChecker } from './contract-checker.ts'
import { createCoverage, readCoverage } from './coverage.ts'
import { printCoverage } from './coverage-table.ts'

const json = (schema: object) => ({ content: { 'application/json': { schema } } })
const document = {
  openapi: '3.1.0',
  paths: {
    '/things': {
      get: {
        operationId: 'listThings',
        responses: { 200: json({ type: 'array', items: { $ref: '#/components/schemas/Thing' } }) },
      },
      post: {
        operationId: 'createThing',
        requestBody: json({ $ref: '#/components/schemas/Thing' }),
        responses: {
          200: json({ $ref: '#/components/schemas/Thing' }),
          409: { $ref: '#/components/responses/Conflict' },
          204: {},
        },
      },
    },
    '/things/{id}': { get: { operationId: 'getThing', responses: { 200: { content: { '*/*': {} } } } } },
    '/things/by-id': { get: { operationId: 'getThingById', responses: { 200: json({ type: 'object' }) } } },
    '/things/{id}/enabled': { get: { operationId: 'isThingEnabled', responses: { 200: json({ type: 'boolean' }) } } },
    '/stream': {
      get: {
        operationId: 'watch',
        'x-astrbot-events': { $ref: '#/components/schemas/Event' },
        responses: { 200: { content: { 'text/event-stream': { schema: { type: 'string' } } } } },
      },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', maxLength: 3 }, parent: { $ref: '#/components/schemas/Thing' } },
      },
      Event: { oneOf: [{ type: 'object', required: ['type'], properties: { type: { const: 'end' } } }] },
      Problem: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } },
    },
    responses: { Conflict: json({ $ref: '#/components/schemas/Problem' }) },
  },
}

const folder = mkdtempSync(join(tmpdir(), 'astrbot-coverage-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('createContractChecker', () => {
  const checker = createContractChecker(document, createCoverage(''))
  const ok = { status: 200, contentType: 'application/json; charset=utf-8' }

  it('takes answers that keep the contract and counts them', () => {
    expect(checker.check({ ...ok, operationId: 'createThing', body: { name: 'a', parent: { name: 'b' } } })).toEqual([])
    expect(checker.check({ ...ok, operationId: 'createThing', status: 409, body: { code: 'x' } })).toEqual([])
    expect(checker.check({ operationId: 'createThing', status: 204 })).toEqual([])
    expect(
      checker.check({ operationId: 'getThing', status: 200, contentType: 'image/png', body: new Uint8Array(3) }),
    ).toEqual([])
    expect(checker.coverage.has('createThing', 409)).toBe(true)
    expect(checker.coverage.has('listThings', 200)).toBe(false)
  })

  it('names an undeclared status, content type or operation, and a body where none is declared', () => {
    expect(checker.check({ ...ok, operationId: 'listThings', status: 404, body: [] })).toEqual([
      'listThings 404: the status is not declared (200 are)',
    ])
    expect(checker.check({ operationId: 'listThings', status: 200, contentType: 'text/html', body: '' })[0]).toContain(
      'text/html is not declared',
    )
    expect(checker.check({ operationId: 'listThings', status: 200, body: '' })[0]).toContain('(none) is not declared')
    expect(checker.check({ operationId: 'createThing', status: 204, body: 'x' })[0]).toContain('none is declared')
    expect(checker.check({ ...ok, operationId: 'nothing', body: [] })[0]).toContain('has no operation nothing')
    expect(checker.coverage.has('listThings', 404)).toBe(false)
  })

  it('names the places of a body that breaks its schema, inside of references too', () => {
    expect(
      checker.check({ ...ok, operationId: 'listThings', body: [{ name: 'a' }, { name: 'long', parent: {} }] }),
    ).toEqual([
      'listThings 200: /1/name must NOT have more than 3 characters',
      "listThings 200: /1/parent must have required property 'name'",
    ])
    expect(checker.check({ ...ok, operationId: 'createThing', status: 409, body: {} })).toHaveLength(1)
  })

  it('finds a request body that the server should have refused', () => {
    const problems = checker.check({ ...ok, operationId: 'createThing', requestBody: { name: 1 }, body: { name: 'a' } })
    expect(problems[0]).toContain('took a body that the contract refuses: /name')
    expect(
      checker.check({ ...ok, status: 409, operationId: 'createThing', requestBody: { name: 1 }, body: { code: 'c' } }),
    ).toEqual([])
  })

  it('checks every event of a stream', () => {
    const type = 'text/event-stream; charset=utf-8'
    const text = ': heartbeat\n\nid: r:1\ndata: {"type":"end"}\n\ndata: {"type":\ndata: "begin"}\n\n'
    expect(checker.check({ operationId: 'watch', status: 200, contentType: type, body: [{ type: 'end' }] })).toEqual([])
    expect(checker.check({ operationId: 'watch', status: 200, contentType: type, body: text })[0]).toContain(
      'event 1 {"type":"begin"}',
    )
  })

  it('finds the operation of a path: fixed segments win, slashes are a last resort', () => {
    expect(checker.find('get', '/things/by-id?id=3')).toBe('getThingById')
    expect(checker.find('GET', 'http://127.0.0.1:1/things/a%2Fb')).toBe('getThing')
    expect(checker.find('GET', '/things/a/enabled')).toBe('isThingEnabled')
    expect(checker.find('GET', '/things/a/b')).toBe('getThing')
    expect(checker.find('POST', '/things/a')).toBeUndefined()
  })
})

describe('coverage', () => {
  it('is merged over processes and printed with its gaps', () => {
    createCoverage(folder).record('createThing', 200)
    createCoverage(folder).record('createThing', 200)
    createCoverage(folder).record('listThings', 200)
    const lines: string[] = []
    const empty = printCoverage(
      document,
      readCoverage(folder),
      ['createThing', 'listThings'],
      line => lines.push(line),
      ['createThing 204'],
    )
    expect(empty).toBe(1)
    expect(lines).toEqual([
      'operation    200  204  409',
      'createThing   ✓    –    ✗',
      'listThings    ✓',
      'contract coverage: 2 of 3 cells of 2 operations, 1 empty',
    ])
  })

  it('is empty where nothing was written', () => {
    expect(readCoverage(join(folder, 'none')).has('createThing', 200)).toBe(false)
  })
})
