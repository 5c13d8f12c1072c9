import { isJsonObject, type JsonObject, type ReadonlyJsonObject } from '../json.ts'
import { cast } from './cast.ts'
import { completeDocument } from './complete.ts'
import { copyOf } from './document.ts'
import { documentRule } from './rules.ts'

/**
 * A document as it is shown: true to the contract whatever a file held. What cannot be made to fit gives way to its
 * default here; the document itself keeps it. A copy, to be changed freely.
 */
export function presentDocument(document: ReadonlyJsonObject): JsonObject {
  const fitting = cast(
    documentRule,
    copyOf(document),
    '',
    { lenient: true, unknown: 'keep' },
    { problems: [], dropped: [] },
  )
  return completeDocument(isJsonObject(fitting) ? fitting : {})
}
