import type { Schemas } from '@astrbot/contract'
import type { ConfigSnapshot } from '../config/index.ts'
import { type Providers, speechProviders } from '../providers/index.ts'

export type ProviderType = Schemas['BatchSessionProviderRequest']['provider_type']

/** The providers of one kind that a rule can name. */
export function providerChoices(
  providers: Pick<Providers, 'list'>,
  config: ConfigSnapshot,
  type: ProviderType,
): Schemas['SessionProviderRef'][] {
  const found = type === 'chat_completion' ? providers.list() : speechProviders(config, type)
  return found.map(({ id, model }) => ({ id, name: id, model }))
}
