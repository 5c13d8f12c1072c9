import { manualClock, sequentialIds } from '@astrbot/testing'
import { describe, expect, test } from 'vitest'
import { codeOf, quickHash, recoveryCode } from './auth.testing.ts'
import { makeRecoveryCode, verifyRecoveryCode } from './recovery-code.ts'
import { isTotpCode, makeTotpSecret, TotpVerifier } from './totp.ts'

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('codes of an authenticator', () => {
  test('are those of RFC 6238', () => {
    // The RFC's eight-digit values for SHA-1, cut to six.
    for (const [seconds, code] of [
      [59, '287082'],
      [1111111109, '081804'],
      [2000000000, '279037'],
    ] as const)
      expect(new TotpVerifier(manualClock(seconds * 1000)).accept(secret, code)).toBe(true)
  })

  test('are good one step early and late, no further', () => {
    for (const [steps, good] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false],
    ] as const) {
      const clock = manualClock()
      expect(new TotpVerifier(clock).accept(secret, ` ${codeOf(secret, clock, steps)} `)).toBe(good)
    }
  })

  test('work once, and none from before the last one used', () => {
    const clock = manualClock()
    const verifier = new TotpVerifier(clock)
    const [before, now, after] = [codeOf(secret, clock, -1), codeOf(secret, clock), codeOf(secret, clock, 1)]
    expect([now, now, before, after, after].map(code => verifier.accept(secret, code))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ])
    clock.advance(30_000)
    expect(verifier.accept(secret, codeOf(secret, clock))).toBe(false)
    clock.advance(30_000)
    expect(verifier.accept(secret, codeOf(secret, clock))).toBe(true)
  })

  test('are used up for each secret by itself', () => {
    const clock = manualClock()
    const verifier = new TotpVerifier(clock)
    const other = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
    expect(verifier.accept(secret, codeOf(secret, clock))).toBe(true)
    expect(verifier.accept(other, codeOf(other, clock))).toBe(true)
    expect(verifier.accept(secret, codeOf(other, clock))).toBe(false)
  })

  test('have six digits', () => {
    expect(['123456', ' 123456 ', '12345', '1234567', '12345a', ''].map(isTotpCode)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ])
    const verifier = new TotpVerifier(manualClock())
    expect(verifier.accept('not base32!', '123456')).toBe(false)
    expect(verifier.accept('', '123456')).toBe(false)
  })
})

test('a new secret is base32 of 20 bytes', () => {
  const ids = sequentialIds()
  expect(makeTotpSecret(ids)).toMatch(/^[A-Z2-7]{32}$/)
  expect(makeTotpSecret(ids)).not.toBe(makeTotpSecret(ids))
})

describe('a recovery code', () => {
  test('is four groups of eight and fits its hash', async () => {
    const { recovery_code, recovery_code_hash } = await makeRecoveryCode(sequentialIds())
    expect(recovery_code).toMatch(/^[A-Z2-7]{8}(-[A-Z2-7]{8}){3}$/)
    expect(recovery_code_hash).toMatch(/^pbkdf2_sha256\$600000\$[0-9a-f]{32}\$[0-9a-f]{64}$/)
    expect(await verifyRecoveryCode(recovery_code, recovery_code_hash)).toBe(true)
  })

  test('may be typed as people type', async () => {
    const hash = quickHash(recoveryCode.replaceAll('-', ''))
    expect(await verifyRecoveryCode(` ${recoveryCode.toLowerCase().replaceAll('-', ' ')} `, hash)).toBe(true)
    expect(await verifyRecoveryCode(recoveryCode.slice(0, -1), hash)).toBe(false)
    expect(await verifyRecoveryCode(`${recoveryCode.slice(0, -1)}A`, hash)).toBe(false)
  })
})
