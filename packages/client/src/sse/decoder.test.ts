import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../errors/call-errors.ts'
import { createSseDecoder, type ServerEvent } from './decoder.ts'

function decodeAll(...pieces: string[]): ServerEvent[] {
  const decoder = createSseDecoder()
  return pieces.flatMap(piece => decoder.decode(piece))
}

describe('createSseDecoder', () => {
  it.each([
    ['LF', 'data: a\n\ndata: b\n\n'],
    ['CR', 'data: a\r\rdata: b\r\r'],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n'],
    ['mixed', 'data: a\r\n\ndata: b\n\r\n'],
  ])('ends lines at %s', (_, text) => {
    expect(decodeAll(text)).toEqual([{ data: 'a' }, { data: 'b' }])
  })

  it('does not see an empty line in a CRLF that is cut', () => {
    expect(decodeAll('data: a\r', '\ndata: b\r', '\n\r', '\n')).toEqual([{ data: 'a\nb' }])
  })

  it('joins data lines, strips one space, and keeps fields to their event', () => {
    expect(decodeAll('event: x\nid: r:1\ndata:  a\ndata:b\ndata\n\ndata: c\n\n')).toEqual([
      { event: 'x', id: 'r:1', data: ' a\nb\n' },
      { data: 'c' },
    ])
  })

  it('skips comments, unknown fields, ids with NUL, and events without data', () => {
    expect(decodeAll(': heartbeat\n\nfoo: bar\nid: a\0b\n\nevent: x\n\ndata: a\n\n')).toEqual([{ data: 'a' }])
  })

  it('keeps an event that is not finished to itself', () => {
    expect(decodeAll('data: a\n\ndata: b\n')).toEqual([{ data: 'a' }])
  })

  it('reads retry', () => {
    const decoder = createSseDecoder()
    decoder.decode('retry: 1200\nretry: soon\n\n')
    expect(decoder.retry).toBe(1200)
  })

  it('refuses an event that does not end, but not many small ones', () => {
    const decoder = createSseDecoder(100)
    for (let count = 0; count < 100; count++) decoder.decode(': heartbeat\n\ndata: 0123456789\n\n')
    for (let count = 0; count < 100; count++) decoder.decode(': heartbeat\n')
    expect(() => {
      for (let count = 0; count < 20; count++) decoder.decode('data: 0123456789\n')
    }).toThrow(ProtocolError)
    expect(() => createSseDecoder(100).decode('x'.repeat(101))).toThrow(ProtocolError)
  })

  it('finds the same events wherever the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 12 }).filter(text => !/[\r\n]/.test(text))
    const event = fc.record({
      id: fc.option(fc.nat(999)),
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
      end: fc.constantFrom('\n', '\r', '\r\n'),
    })
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 7 }))
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), cuts, (events, sizes) => {
        const text = events.map(({ id, lines, end }) => {
          const fields = [': note', ...(id === null ? [] : [`id: r:${id}`]), ...lines.map(one => `data: ${one}`)]
          return fields.map(field => field + end).join('') + end
        })
        const bytes = new TextEncoder().encode(text.join(''))
        const utf8 = new TextDecoder()
        const decoder = createSseDecoder()
        const found: ServerEvent[] = []
        for (let at = 0; at < bytes.length; ) {
          const size = sizes.next().value ?? 1
          found.push(...decoder.decode(utf8.decode(bytes.subarray(at, at + size), { stream: true })))
          at += size
        }
        const wanted = events.map(({ id, lines }) => ({
          ...(id !== null && { id: `r:${id}` }),
          data: lines.join('\n'),
        }))
        expect(found).toEqual(wanted)
      }),
      { numRuns: 1000 },
    )
  })
})
