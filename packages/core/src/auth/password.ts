import { createHash } from 'node:crypto'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import { hashSecret, isUsableHash, verifySecret } from './pbkdf2.ts'
import { sameText } from './same-text.ts'

/** The password fields of the `dashboard` section. */
export interface StoredPassword {
  readonly pbkdf2_password: string
  /** Lower-case hex MD5, as old versions stored it. Read, never written. */
  readonly password: string
}

/** Which of the stored hashes counts. */
export function passwordKind(stored: StoredPassword): 'pbkdf2' | 'md5' | 'none' {
  if (isUsableHash(stored.pbkdf2_password)) return 'pbkdf2'
  return /^[0-9a-f]{32}$/i.test(stored.password) ? 'md5' : 'none'
}

/** Whether this is the password. */
export async function verifyPassword(password: string, stored: StoredPassword): Promise<boolean> {
  if (passwordKind(stored) !== 'md5') return verifySecret(password, stored.pbkdf2_password)
  return sameText(createHash('md5').update(password).digest('hex'), stored.password.toLowerCase())
}

/** What to store for a new password. */
export async function storePassword(password: string): Promise<StoredPassword> {
  return { pbkdf2_password: await hashSecret(password), password: '' }
}

/** @throws AstrBotError naming the first rule the password breaks. */
export function checkPasswordPolicy(password: string): void {
  if (password === '') throw new AstrBotError('password_missing')
  if (password.length < 8) throw new AstrBotError('password_too_short')
  if (!/\p{Lu}/u.test(password)) throw new AstrBotError('password_needs_uppercase')
  if (!/\p{Ll}/u.test(password)) throw new AstrBotError('password_needs_lowercase')
  if (!/\p{Nd}/u.test(password)) throw new AstrBotError('password_needs_digit')
}

/** A random password of 24 letters and digits that keeps the policy. */
export function generatePassword(ids: Ids): string {
  for (;;) {
    const password = ids
      .token(48)
      .replace(/[^A-Za-z0-9]/g, '')
      .slice(0, 24)
    if (password.length === 24 && /[A-Z]/.test(password) && /[a-z]/.test(password) && /[0-9]/.test(password))
      return password
  }
}
