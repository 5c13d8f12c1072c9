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

export function isMask(text: unknown): boolean {
  return typeof text === 'string' && maskShape.test(text)
}

/** Stands for an environment variable, which may be one that has nothing to do with the bot. */
const variableShape = /^\$(\{\w+\}|\w+)$/

export interface UnmaskContext {
  /** Where the secrets behind masks stand. */
  sources: readonly ReadonlyJsonObject[]
  /** See `redact`. */
  pepper: string
  /** API keys see masks in place of variables, too, and cannot name others. */
  byKey: boolean
  /** Told the path of every secret that cannot be, and why. */
  refuse(path: string, reason: string): void
}

/** A document in which masks are the secrets again that stand in the same place of one of the sources. */
export function unmask(document: JsonObject, { sources, pepper, byKey, refuse }: UnmaskContext): JsonObject {
  let known: Map<string, string> | undefined
  return mapSecrets(document, (text, path) => {
    if (byKey && variableShape.test(text.trim()))
      refuse(path, 'an API key cannot name environment variables; a dashboard login can')
    if (!isMask(text)) return text
    known ??= secretsOf(sources, pepper)
    const secret = known.get(`${path} ${text}`)
    if (secret === undefined) refuse(path, 'this redacted value stands for no stored secret')
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
