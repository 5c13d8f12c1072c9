import { createHmac } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject, type ReadonlyJsonObject } from '../../json.ts'
import { mapSecrets } from './map-secrets.ts'
import { dashboardSecrets } from './secret-keys.ts'

const maskShape = /^\*{3}redacted:[0-9a-f]{10}\*{3}$/

/**
 * What API keys see of a document: the secrets of the dashboard are left out, every other secret is masked. A mask names
 * its secret without giving it away (`pepper` stays on the server), so that it can be sent back, also in another order.
 */
export function redact(document: JsonObject, pepper: string): JsonObject {
  const visible = mapSecrets(document, secret => maskOf(secret, pepper))
  withoutDashboardSecrets(visible)
  return visible
}

/** Removes the secrets of the dashboard from a document, in place; those that `remove` refuses stay. */
export function withoutDashboardSecrets(document: JsonObject, remove: (value: Json) => boolean = () => true): void {
  for (const path of dashboardSecrets) {
    const key = path.at(-1) ?? ''
    let holder = document.dashboard
    for (const step of path.slice(0, -1)) holder = isJsonObject(holder) ? holder[step] : undefined
    if (isJsonObject(holder) && remove(holder[key] ?? null)) delete holder[key]
  }
}

/**
 * A document in which masks are the secrets again that stand in the same place of one of `sources`.
 * @param unknown told the path of every mask that stands for none of them
 */
export function unmask(
  document: JsonObject,
  sources: readonly ReadonlyJsonObject[],
  pepper: string,
  unknown: (path: string) => void,
): JsonObject {
  let known: Map<string, string> | undefined
  return mapSecrets(document, (text, path) => {
    if (!maskShape.test(text)) return text
    known ??= secretsOf(sources, pepper)
    const secret = known.get(`${path} ${text}`)
    if (secret === undefined) unknown(path)
    return secret ?? text
  })
}

function secretsOf(sources: readonly ReadonlyJsonObject[], pepper: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const source of sources) {
    mapSecrets(source, (secret, path) => {
      found.set(`${path} ${maskOf(secret, pepper)}`, secret)
      return secret
    })
  }
  return found
}

function maskOf(secret: string, pepper: string): string {
  return `***redacted:${createHmac('sha256', pepper).update(secret).digest('hex').slice(0, 10)}***`
}
