import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { sameText } from './same-text.ts'

const derive = promisify(pbkdf2)

/** AstrBot's own format and cost, so that it can open our data folder again. */
const iterations = 600_000

interface StoredHash {
  iterations: number
  salt: Buffer
  digest: Buffer
}

/** Hashes a password or recovery code as `pbkdf2_sha256$<iterations>$<salt hex>$<digest hex>`. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16)
  const digest = await derive(secret, salt, iterations, 32, 'sha256')
  return `pbkdf2_sha256$${iterations}$${salt.toString('hex')}$${digest.toString('hex')}`
}

/** Whether a stored text is a hash that `verifySecret` can check something against. */
export function isUsableHash(stored: string): boolean {
  return parse(stored) !== undefined
}

/** Whether `secret` made the stored hash. Takes the time of one hash even where nothing usable is stored. */
export async function verifySecret(secret: string, stored: string): Promise<boolean> {
  const hash = parse(stored)
  if (!hash) {
    await derive(secret, randomBytes(16), iterations, 32, 'sha256')
    return false
  }
  const digest = await derive(secret, hash.salt, hash.iterations, hash.digest.length, 'sha256')
  return sameText(digest.toString('hex'), hash.digest.toString('hex'))
}

function parse(stored: string): StoredHash | undefined {
  const [, count = '', salt = '', digest = ''] =
    /^pbkdf2_sha256\$(\d{1,7})\$((?:[0-9a-f]{2})+)\$((?:[0-9a-f]{2}){16,64})$/i.exec(stored) ?? []
  const rounds = Number(count)
  if (rounds < 1) return undefined
  return { iterations: rounds, salt: Buffer.from(salt, 'hex'), digest: Buffer.from(digest, 'hex') }
}
