import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUnchanged, rangeApplies } from './conditions.ts'
import { parseRange } from './range.ts'

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', [[0, 0]]],
    ['bytes=9-', [[9, 9]]],
    ['bytes=-1', [[9, 9]]],
    ['bytes=0-99', [[0, 9]]],
    ['bytes=99-100, 2-3', [[2, 3]]],
    [
      'bytes=5-6,0-1,2-3',
      [
        [0, 3],
        [5, 6],
      ],
    ],
    [
      'bytes=0-4,2-3,9-9',
      [
        [0, 4],
        [9, 9],
      ],
    ],
  ])('reads %s', (header, expected) => {
    expect(parseRange(header, 10).map(({ first, last }) => [first, last])).toEqual(expected)
  })

  it('knows no bytes of an empty file', () => {
    for (const header of ['bytes=0-', 'bytes=-1', 'bytes=0-0'])
      expect(() => parseRange(header, 0)).toThrow(expect.objectContaining({ code: 'range_not_satisfiable' }))
  })

  it('answers ranges inside the file, apart from each other, or refuses', () => {
    const spec = fc.tuple(fc.nat(200), fc.nat(200), fc.constantFrom('a-b', 'a-', '-b', 'junk'))
    fc.assert(
      fc.property(fc.array(spec, { maxLength: 5 }), fc.nat(100), (specs, size) => {
        const texts = specs.map(([a, b, shape]) => shape.replace('a', String(a)).replace('b', String(b)))
        try {
          let end = -2
          for (const { first, last } of parseRange(`bytes=${texts.join(',')}`, size)) {
            expect(first).toBeGreaterThan(end + 1)
            expect(last).toBeGreaterThanOrEqual(first)
            expect(last).toBeLessThan(size)
            end = last
          }
        } catch (error) {
          expect(['invalid_range', 'range_not_satisfiable']).toContain((error as { code?: string }).code)
        }
      }),
    )
  })
})

describe('conditions', () => {
  const file = { etag: '"a"', modifiedAt: Date.UTC(2026, 6, 6, 4, 0, 0, 500) }
  const same = 'Mon, 06 Jul 2026 04:00:00 GMT'
  const earlier = 'Mon, 06 Jul 2026 03:59:59 GMT'

  it.each([
    [{}, false],
    [{ 'if-none-match': '"b"' }, false],
    [{ 'if-none-match': '"b", W/"a"' }, true],
    [{ 'if-modified-since': same }, true],
    [{ 'if-modified-since': earlier }, false],
    [{ 'if-modified-since': 'yesterday' }, false],
    [{ 'if-none-match': '"b"', 'if-modified-since': same }, false],
  ])('%o: unchanged is %s', (headers, expected) => {
    expect(isUnchanged(new Headers(headers), file)).toBe(expected)
  })

  it.each([
    [{}, true],
    [{ 'if-range': '"a"' }, true],
    [{ 'if-range': 'W/"a"' }, false],
    [{ 'if-range': same }, true],
    [{ 'if-range': earlier }, false],
    [{ 'if-range': 'junk' }, false],
  ])('%o: a range counts is %s', (headers, expected) => {
    expect(rangeApplies(new Headers(headers), file)).toBe(expected)
  })
})
