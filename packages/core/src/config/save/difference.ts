import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type ReadonlyJson } from '../../json.ts'

/** The dotted paths at which two documents differ, in the order of the second one. Lists are compared whole. */
export function differences(before: ReadonlyJson, after: ReadonlyJson, path = ''): string[] {
  if (!isJsonObject(before) || !isJsonObject(after)) return isDeepStrictEqual(before, after) ? [] : [path]
  const keys = new Set([...Object.keys(after), ...Object.keys(before)])
  return [...keys].flatMap(key => {
    const at = path === '' ? key : `${path}.${key}`
    const [left, right] = [before[key], after[key]]
    if (left === undefined || right === undefined) return left === right ? [] : [at]
    return differences(left, right, at)
  })
}
