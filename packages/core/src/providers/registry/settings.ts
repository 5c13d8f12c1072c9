import { isJsonObject, type JsonObject } from '../../json.ts'
import { invalid } from '../../validation.ts'
import { capabilityName } from '../adapters.ts'

/** Keys that this program adds to what it shows. They are never stored. */
export const shownOnly = ['origin', 'load_error'] as const

/**
 * The settings that a request carries: its `config`, or, as older clients send them, what stands beside the keys that
 * steer the request.
 */
function settingsIn(body: JsonObject, steering: readonly string[]): JsonObject {
  const { config } = body
  const own = isJsonObject(config) && Object.keys(config).length > 0
  const found = own
    ? { ...config }
    : Object.fromEntries(Object.entries(body).filter(([key, value]) => value !== null && !steering.includes(key)))
  for (const key of shownOnly) delete found[key]
  return found
}

/**
 * The source that a request wants stored.
 * @param addressed the id it is known by so far
 * @throws validation_failed without an id
 */
export function sourceSettings(body: JsonObject, addressed?: string): JsonObject & { id: string } {
  const settings = settingsIn(body, ['source_id', 'config'])
  return withId(settings, text(settings.id) || text(body.id) || (addressed ?? ''))
}

/** Where a provider comes from and what is known of it. */
export interface ProviderAddress {
  /** The id it is known by so far. */
  id?: string
  /** The source it is made in, whatever its settings say. */
  sourceId?: string | undefined
  /** What its switch says when the request does not. */
  enabled: boolean
}

/**
 * The provider that a request wants stored.
 * @throws validation_failed without an id
 */
export function providerSettings(body: JsonObject, address: ProviderAddress): JsonObject & { id: string } {
  const steering = ['provider_id', 'source_id', 'provider_config', 'config', 'capability', 'enabled']
  const settings = settingsIn(body, steering)
  const sourceId = address.sourceId ?? settings.provider_source_id ?? body.provider_source_id
  if (sourceId !== undefined && sourceId !== null) settings.provider_source_id = sourceId
  const own = settings.enable === null ? false : settings.enable
  settings.enable = [body.enabled, body.enable, own].find(on => typeof on === 'boolean') ?? address.enabled
  if (!settings.provider_type && typeof body.capability === 'string' && body.capability !== '')
    settings.provider_type = capabilityName(body.capability)
  // What some clients once stored with every model, and what no adapter reads.
  if (settings.provider_source_id) delete settings.reasoning
  return withId(
    settings,
    [settings.id, address.id, body.id].find(id => typeof id === 'string' && id.trim() !== ''),
  )
}

function withId(settings: JsonObject, id: unknown): JsonObject & { id: string } {
  if (typeof id !== 'string' || id === '') throw invalid('body.config.id', 'is missing')
  if (id.length > 1024) throw invalid('body.config.id', 'must have at most 1024 characters')
  return { ...settings, id }
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
}
