import type { Schemas } from '@astrbot/contract'
import type { ConfigSnapshot } from '../config/index.ts'
import { isJsonObject } from '../json.ts'
import type { Providers } from '../providers/index.ts'

export type ProviderType = Schemas['BatchSessionProviderRequest']['provider_type']

/** The providers of one kind that a rule can name. */
export function providerChoices(
  providers: Pick<Providers, 'list'>,
  config: ConfigSnapshot,
  type: ProviderType,
): Schemas['SessionProviderRef'][] {
  if (type === 'chat_completion') return providers.list().map(({ id, model }) => ({ id, name: id, model }))
  const typeOfSource = new Map<unknown, unknown>()
  for (const source of config.provider_sources) {
    if (isJsonObject(source)) typeOfSource.set(source['id'], source['provider_type'])
  }
  return config.provider.flatMap(provider => {
    if (!isJsonObject(provider) || provider['enable'] === false) return []
    const { id, model, provider_type = typeOfSource.get(provider['provider_source_id']) } = provider
    if (typeof id !== 'string' || provider_type !== type) return []
    return [{ id, name: id, model: typeof model === 'string' ? model : null }]
  })
}
