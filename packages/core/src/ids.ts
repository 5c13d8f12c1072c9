import { randomBytes, randomUUID } from 'node:crypto'

/** Where ids and secrets come from. Injected, so that tests know them beforehand. */
export interface Ids {
  /** A random UUID, version 4. */
  uuid(): string
  /** That many random bytes as base64url without padding. */
  token(bytes: number): string
}

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  token: bytes => randomBytes(bytes).toString('base64url'),
}

/** Random bytes from the injected source. */
export function randomFrom(ids: Ids, bytes: number): Buffer {
  return Buffer.from(ids.token(bytes), 'base64url')
}
