import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { glob, literally } from './glob.ts'
import { readPattern } from './pattern.ts'

const meanings = new Map([
  ['*', '.*'],
  ['?', '.'],
  ['.', '\\.'],
])

describe('a shell pattern', () => {
  test.each([
    ['*', '', true],
    ['*', 'any:thing', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abbd', false],
    ['?', 'é', true],
    ['?', '', false],
    ['[abc]x', 'bx', true],
    ['[!abc]x', 'bx', false],
    ['[!abc]x', 'dx', true],
    ['[a-f]', 'e', true],
    ['[a-f]', 'g', false],
    ['[]]', ']', true],
    ['[ab', '[ab', true],
    ['Bot', 'bot', false],
    ['**a**', 'xay', true],
  ])('%s against %s: %s', (pattern, text, expected) => {
    expect(glob(pattern).matches(text)).toBe(expected)
  })

  test('made literal matches its text alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        const only = glob(literally(text))
        expect(only.literal).toBe(true)
        expect(only.matches(text)).toBe(true)
        expect(only.matches(other)).toBe(other === text)
      }),
    )
  })

  test('agrees with a regular expression', () => {
    const piece = fc.constantFrom('a', 'b', '*', '?', '.')
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.constantFrom('a', 'b', '.')), (pattern, text) => {
        const source = pattern.map(one => meanings.get(one) ?? one).join('')
        expect(glob(pattern.join('')).matches(text.join(''))).toBe(new RegExp(`^${source}$`, 's').test(text.join('')))
      }),
    )
  })

  test('takes no time to fail', () => {
    const started = performance.now()
    expect(glob(`${'a*'.repeat(200)}b`).matches('a'.repeat(5000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('a route pattern', () => {
  test.each([
    ['::', 'tg:GroupMessage:1', true],
    ['tg::', 'tg:GroupMessage:1', true],
    ['tg:*:*', 'tg:FriendMessage:a:b:c', true],
    ['tg:GroupMessage:*', 'tg:FriendMessage:1', false],
    ['tg:*:*', 'tg:SystemMessage:1', false],
    ['tg:*:1', 'tg:GroupMessage:1:2', false],
    ['webchat:FriendMessage:webchat!me!*', 'webchat:FriendMessage:webchat!me!42', true],
  ])('%s for %s: %s', (pattern, umo, expected) => {
    expect(readPattern(pattern)?.matches(umo)).toBe(expected)
  })

  test('has three parts', () => {
    expect(readPattern('a:b')).toBeUndefined()
    expect(readPattern('a:b:c:d')?.exact).toBe(true)
    expect(readPattern('a:b:')?.exact).toBe(false)
  })
})
