import { createHash, pbkdf2Sync } from 'node:crypto'
import { sequentialIds } from '@astrbot/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemIds } from '../ids.ts'
import { quickHash } from './auth.testing.ts'
import { checkPasswordPolicy, generatePassword, passwordKind, storePassword, verifyPassword } from './password.ts'
import { hashSecret, isUsableHash, verifySecret } from './pbkdf2.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

describe('a stored password', () => {
  test('is written as AstrBot writes it, and never as MD5', async () => {
    const stored = await storePassword('Secret-123')
    const [kind, count, salt = '', digest] = stored.pbkdf2_password.split('$')
    expect([kind, count, salt.length, digest?.length, stored.password]).toEqual(['pbkdf2_sha256', '600000', 32, 64, ''])
    expect(digest).toBe(pbkdf2Sync('Secret-123', Buffer.from(salt, 'hex'), 600_000, 32, 'sha256').toString('hex'))
    expect(passwordKind(stored)).toBe('pbkdf2')
    expect(await verifyPassword('Secret-123', stored)).toBe(true)
    expect(await verifyPassword('secret-123', stored)).toBe(false)
  })

  test('has a salt of its own', async () => {
    expect(await hashSecret('x')).not.toBe(await hashSecret('x'))
  })

  test('may be an MD5 of old times, in capitals too', async () => {
    const stored = { pbkdf2_password: '', password: md5('old').toUpperCase() }
    expect(passwordKind(stored)).toBe('md5')
    expect(await verifyPassword('old', stored)).toBe(true)
    expect(await verifyPassword(stored.password, stored)).toBe(false)
  })

  test('counts as PBKDF2 when both are there, and as nothing when neither is usable', async () => {
    const both = { pbkdf2_password: quickHash('new'), password: md5('old') }
    expect([await verifyPassword('new', both), await verifyPassword('old', both)]).toEqual([true, false])
    expect(passwordKind({ pbkdf2_password: 'pbkdf2_sha256$x$00$00', password: '' })).toBe('none')
    expect(await verifyPassword('', { pbkdf2_password: '', password: '' })).toBe(false)
  })

  test('costs the work of one hash even where nothing is stored', async () => {
    const started = performance.now()
    await verifySecret('x', await hashSecret('y'))
    const usual = (performance.now() - started) / 2
    const before = performance.now()
    await verifySecret('x', '')
    expect(performance.now() - before).toBeGreaterThan(usual / 10)
  })

  test.each([
    '',
    'pbkdf2_sha256$600000$zz$00',
    'pbkdf2_sha256$0$00$00',
    'md5$1$00$00',
    'pbkdf2_sha256$1$00',
    `pbkdf2_sha256$1$00$${'0'.repeat(31)}`,
  ])('%j is not usable', stored => expect(isUsableHash(stored)).toBe(false))
})

describe('the password policy', () => {
  test.each([
    ['', 'Password cannot be empty'],
    ['Ab1', 'Password must be at least 8 characters long'],
    ['alllowercase1', 'Password must include at least one uppercase letter'],
    ['ALLUPPERCASE1', 'Password must include at least one lowercase letter'],
    ['NoDigitsHere', 'Password must include at least one digit'],
  ])('refuses %j', (password, message) => expect(() => checkPasswordPolicy(password)).toThrow(message))

  test('is kept by every generated password', () => {
    const ids = sequentialIds()
    for (let i = 0; i < 200; i++) {
      const password = generatePassword(ids)
      expect(password).toMatch(/^[A-Za-z0-9]{24}$/)
      checkPasswordPolicy(password)
    }
    expect(generatePassword(systemIds)).not.toBe(generatePassword(systemIds))
  })

  test('lets nothing short through', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 7 }), password => {
        expect(() => checkPasswordPolicy(password)).toThrow()
      }),
    )
  })
})
