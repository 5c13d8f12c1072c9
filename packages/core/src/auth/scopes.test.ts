import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultScopes, grants, isGrantable, normaliseScopes } from './scopes.ts'

const grantable = [...defaultScopes, 'config:edit_admin', 'chat:admin']

describe('scopes of a new key', () => {
  test('are the eleven defaults when none are named', () => {
    expect(normaliseScopes(null)).toEqual(defaultScopes)
    expect(normaliseScopes(undefined)).toHaveLength(11)
  })

  test('lose repeats, keep their order, and config brings bot and provider', () => {
    expect(normaliseScopes(['file', 'im', 'file'])).toEqual(['file', 'im'])
    expect(normaliseScopes(['config'])).toEqual(['config', 'bot', 'provider'])
    expect(normaliseScopes(['provider', 'config', 'chat'])).toEqual(['provider', 'config', 'chat', 'bot'])
    expect(normaliseScopes(['chat:admin', 'chat'])).toEqual(['chat:admin', 'chat'])
  })

  test('are refused with every bad one named', () => {
    expect(() => normaliseScopes(['file', 'nonsense', 'system', '*', 'Chat'])).toThrow(
      'Invalid scopes: nonsense, system, *, Chat',
    )
    expect(() => normaliseScopes(['tool', 'kb'])).toThrow('Invalid scopes: tool, kb')
    expect(() => normaliseScopes([])).toThrow('At least one valid scope is required')
    expect(() => normaliseScopes(['config:edit_admin', 'bot'])).toThrow('config:edit_admin requires the config scope')
    expect(() => normaliseScopes(['chat:admin'])).toThrow('chat:admin requires the chat scope')
  })

  test('are stable, without repeats, and hold nothing that was neither named nor implied', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...grantable), { minLength: 1 }), named => {
        const complete = [...named, 'config', 'chat']
        const scopes = normaliseScopes(complete)
        expect(new Set(scopes).size).toBe(scopes.length)
        expect(normaliseScopes(scopes)).toEqual(scopes)
        expect(scopes.filter(scope => !complete.includes(scope) && scope !== 'bot' && scope !== 'provider')).toEqual([])
        expect(scopes.filter(scope => named.includes(scope))).toEqual([...new Set(named)])
      }),
    )
  })

  test('never contain anything that cannot be granted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom(...grantable, 'system', 'tool', 'kb', '*'))),
        named => {
          try {
            expect(normaliseScopes(named).every(isGrantable)).toBe(true)
          } catch (error) {
            expect(error).toHaveProperty(
              'code',
              expect.stringMatching(/^(invalid_scopes|scope_required|scope_needs_parent)$/),
            )
          }
        },
      ),
    )
  })
})

describe('what a scope grants', () => {
  test.each([
    [['chat'], 'chat', true],
    [['chat'], 'im', false],
    [['config'], 'bot', true],
    [['config'], 'provider', true],
    [['config'], 'config:edit_admin', false],
    [['chat'], 'chat:admin', false],
    [['bot'], 'config', false],
    [['*'], 'chat', true],
    [['*'], 'chat:admin', true],
    [['skills'], 'skill', false],
    [[], 'chat', false],
  ])('%j: %s is %s', (held, scope, granted) => {
    expect(grants(held, scope)).toBe(granted)
  })
})
