import { createHash } from 'node:crypto'

/** Ids and secrets that are the same in every run, and different within one. */
export function sequentialIds(): { uuid(): string; token(bytes: number): string } {
  let count = 0
  return {
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
    token: bytes => createHash('shake256', { outputLength: bytes }).update(String(++count)).digest('base64url'),
  }
}
