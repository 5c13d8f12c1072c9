import { createHash, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Ids } from '../ids.ts'

const marker = 'abk_'

/** A new key: `abk_` and 43 characters (32 random bytes). */
export function makeApiKey(ids: Ids): string {
  return marker + ids.token(32)
}

/** Whether a credential is meant as an API key. Dashboard tokens never look like one. */
export function isApiKey(text: string): boolean {
  return text.startsWith(marker)
}

/** What of a key may be shown. */
export function keyPrefix(key: string): string {
  return key.slice(0, 12)
}

/** The digest a key is found by. A key is 256 random bits, so one round of SHA-256 is as hard to undo as many. */
export function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** The hash AstrBot stores: PBKDF2-HMAC-SHA256, 100000 rounds, one salt for all keys. */
export async function astrBotKeyHash(key: string): Promise<string> {
  const digest = await promisify(pbkdf2)(key, 'astrbot_api_key', 100_000, 32, 'sha256')
  return digest.toString('hex')
}
