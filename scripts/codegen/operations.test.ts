import { describe, expect, it } from 'vitest'
import { operationsOf } from './document.ts'
import { bySpecificity, emitOperations } from './operations.ts'
import { documentOf } from './testing/evaluate.ts'

describe('bySpecificity', () => {
  const sorted = (...paths: string[]) =>
    operationsOf(documentOf(Object.fromEntries(paths.map(path => [`GET ${path}`, {}]))))
      .sort(bySpecificity)
      .map(({ path }) => path)

  it('puts fixed segments before parameters and long paths before short ones', () => {
    expect(sorted('/a/{id}', '/a/{id}/x', '/a/by-id', '/{any}/x', '/a/{id}/{sub}')).toEqual([
      '/a/by-id',
      '/a/{id}/x',
      '/a/{id}/{sub}',
      '/a/{id}',
      '/{any}/x',
    ])
  })
})

describe('emitOperations', () => {
  const line = (id: string, given: Parameters<typeof documentOf>[0][string]) => {
    const text = emitOperations(documentOf({ 'GET /things': { operationId: id, ...given } }))
    return JSON.parse(new RegExp(`^ {2}${id}: (.*),$`, 'm').exec(text)?.[1] ?? 'null') as {
      access: string
      slashes?: string[]
      stream?: string
    }
  }

  it('says who may call: nobody in particular, anybody, a token, or a key with the scope', () => {
    expect(line('a', { security: [] }).access).toBe('public')
    expect(line('a', { security: [{}, { Key: [] }] }).access).toBe('optional')
    expect(line('a', { 'x-astrbot-scope': 'chat' }).access).toBe('key')
    for (const scope of ['system', 'tool', 'kb']) expect(line('a', { 'x-astrbot-scope': scope }).access).toBe('token')
    expect(line('a', {}).access).toBe('token')
  })

  it('names parameters that hold slashes, and streams', () => {
    const path = {
      name: 'path',
      in: 'path',
      required: true,
      schema: { type: 'string' },
      'x-astrbot-slashes': true,
    } as const
    expect(line('a', { parameters: [path] }).slashes).toEqual(['path'])
    expect(line('a', { 'x-astrbot-events': { $ref: '#/components/schemas/Event' } }).stream).toBe('events')
    expect(line('a', { 'x-websocket': true }).stream).toBe('socket')
  })
})
