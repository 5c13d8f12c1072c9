import type { VendorServer } from '@astrbot/testing'
import type { JsonObject } from '../../json.ts'
import type { AllProviders } from '../model.ts'
import { configWith, testProviders } from '../providers.testing.ts'

/** The only provider of a bot: `p`. */
export function only(settings: JsonObject): AllProviders {
  return testProviders(configWith([], [{ id: 'p', enable: true, ...settings }]))
}

/** Settings with the vendor's address in them. */
export function at({ url }: VendorServer, settings: JsonObject): JsonObject {
  const entries = Object.entries(settings)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value.replace('URL', url) : value]),
  )
}
