import { type Ids, randomFrom } from '../ids.ts'
import { hashSecret, verifySecret } from './pbkdf2.ts'
import { base32 } from './totp.ts'
import type { TotpRecoveryCode } from './types.ts'

/** A new recovery code (20 random bytes, four groups of eight) and the hash to be stored. */
export async function makeRecoveryCode(ids: Ids): Promise<TotpRecoveryCode> {
  const code = base32(randomFrom(ids, 20))
  const groups = code.match(/.{8}/g) ?? []
  return { recovery_code: groups.join('-'), recovery_code_hash: await hashSecret(code) }
}

/** Whether the code made the hash. People may write it in small letters, with other separators or none. */
export async function verifyRecoveryCode(code: string, hash: string): Promise<boolean> {
  const plain = code.toUpperCase().replace(/[^A-Z0-9]/g, '')
  return plain.length === 32 && verifySecret(plain, hash)
}
