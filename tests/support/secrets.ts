import { createHmac, pbkdf2Sync } from 'node:crypto'

/** The password of every test server. */
export const password = 'Correct-Horse-9'

const salt = '00112233445566778899aabbccddeeff'

/** A password or recovery code hashed as AstrBot does, with few rounds so that it takes no time. */
export function pbkdf2Hash(secret: string, rounds = 10): string {
  const digest = pbkdf2Sync(secret, Buffer.from(salt, 'hex'), rounds, 32, 'sha256').toString('hex')
  return `pbkdf2_sha256$${rounds}$${salt}$${digest}`
}

/** The hash AstrBot stores of an API key. */
export function astrBotKeyHash(key: string): string {
  return pbkdf2Sync(key, 'astrbot_api_key', 100_000, 32, 'sha256').toString('hex')
}

/** A JWT signed with HS256, written without the library the server uses. */
export function signToken(secret: string, claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Seconds since the epoch, so many from now. */
export function epochSeconds(fromNow: number): number {
  return Math.floor(Date.now() / 1000) + fromNow
}
