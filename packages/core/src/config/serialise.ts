import type { ReadonlyJson } from '../json.ts'

/** A document as text, the way AstrBot writes it: two spaces, nothing escaped. */
export function serialise(document: ReadonlyJson): string {
  return JSON.stringify(document, null, 2)
}

/** What stands in the file of a serialised document: AstrBot begins it with a byte order mark. */
export function fileText(serialised: string): string {
  return `\uFEFF${serialised}\n`
}
