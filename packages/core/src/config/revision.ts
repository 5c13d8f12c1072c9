import { createHash } from 'node:crypto'
import { AstrBotError } from '../errors.ts'

/** Sixteen hexadecimal digits that name a text. */
export function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/**
 * Holds the `If-Match` of a caller against the revision of a document. Absent and `*` match any, a list one of its members;
 * quotes and the mark of a weak tag do not count.
 *
 * @throws revision_conflict with the current revision in its data
 */
export function checkRevision(ifMatch: string | undefined, revision: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return
  const named = ifMatch.split(',').map(tag =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )
  if (!named.includes(revision)) throw new AstrBotError('revision_conflict', {}, { revision })
}
