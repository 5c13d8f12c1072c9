import type { ConfigSnapshot } from '../config/index.ts'
import type { Providers } from '../providers/index.ts'
import { providerChoices } from '../sessions/index.ts'
import type { Visit } from './visit.ts'

/** The provider that speaks or hears in a chat: the chat's own, else the profile's, else the first there is. */
export function chosenProvider(
  services: { providers: Pick<Providers, 'list'>; config: { get(): ConfigSnapshot } },
  type: 'text_to_speech' | 'speech_to_text',
  { config, rules }: Pick<Visit, 'config' | 'rules'>,
): string | undefined {
  const ids = providerChoices(services.providers, services.config.get(), type).map(({ id }) => id)
  const settings = type === 'text_to_speech' ? config.provider_tts_settings : config.provider_stt_settings
  const wanted = [rules[`provider_perf_${type}`], settings.enable ? settings.provider_id : undefined]
  return wanted.find(id => typeof id === 'string' && ids.includes(id)) ?? ids[0]
}
