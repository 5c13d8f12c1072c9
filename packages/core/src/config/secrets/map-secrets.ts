import type { Json, JsonObject, ReadonlyJson, ReadonlyJsonObject } from '../../json.ts'
import { isSecretKey } from './secret-keys.ts'

/** Where a secret stands; elements of lists are not told apart, so that they may move. */
type Replace = (secret: string, path: string) => string

/**
 * A copy of a document in which every secret text is what `replace` says. Under a secret key all texts are secret, also
 * those in lists and below. Empty texts are none.
 */
export function mapSecrets(document: ReadonlyJsonObject, replace: Replace): JsonObject {
  return mapObject(document, '', false, replace)
}

/** Every secret text of a document. */
export function secretsIn(document: ReadonlyJsonObject): Set<string> {
  const found = new Set<string>()
  mapSecrets(document, secret => {
    found.add(secret)
    return secret
  })
  return found
}

function mapObject(value: ReadonlyJsonObject, path: string, secret: boolean, replace: Replace): JsonObject {
  const parent = path.slice(path.lastIndexOf('.') + 1)
  const entries = Object.entries(value).map(([key, item]) => {
    const below = secret || isSecretKey(key, parent)
    return [key, mapValue(item, path === '' ? key : `${path}.${key}`, below, replace)] as const
  })
  return Object.fromEntries(entries)
}

function mapValue(value: ReadonlyJson, path: string, secret: boolean, replace: Replace): Json {
  if (typeof value === 'string') return secret && value !== '' ? replace(value, path) : value
  if (isList(value)) return value.map(item => mapValue(item, path, secret, replace))
  if (typeof value === 'object' && value !== null) return mapObject(value, path, secret, replace)
  return value
}

function isList(value: ReadonlyJson): value is readonly ReadonlyJson[] {
  return Array.isArray(value)
}
