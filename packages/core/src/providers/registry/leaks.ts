import { changedAddress, secretsIn, secretsStay } from '../../config/index.ts'
import type { JsonObject } from '../../json.ts'

export interface Journey {
  /** The settings as the caller sent them. What is secret in there is the caller's own. */
  sent: JsonObject
  /** What would be in effect. */
  after: JsonObject
  /** What is in effect now, and the source: where secrets may go to already. */
  before: readonly JsonObject[]
  /** Where the settings stand in the request. */
  at?: string
}

/**
 * Refuses a change that would lead a secret, which the caller did not send, to an address that it does not go to now:
 * by another address, another source, or a source that takes in a provider with a key of its own.
 * @throws validation_failed
 */
export function refuseLeak({ sent, after, before, at = 'body.config' }: Journey): void {
  const own = secretsOf(sent)
  for (const secret of secretsOf(after)) {
    if (own.has(secret)) continue
    const homes = before.filter(entry => secretsOf(entry).has(secret))
    const moved = homes.map(home => changedAddress(after, [home], 'provider'))
    if (moved.includes(undefined)) continue
    const key = moved.find(name => name !== undefined && name in sent) ?? 'provider_source_id'
    throw secretsStay(`${at}.${key}`)
  }
}

function secretsOf(entry: JsonObject): Set<string> {
  return secretsIn({ provider: [entry] })
}
