import type { ConfigSnapshot } from '../config/index.ts'
import { capabilityOf, mergedWith } from './adapters.ts'
import { idOf, objectsOf, sourceOf } from './registry/lists.ts'

/** A provider of speech that can be asked. */
export interface SpeechProvider {
  id: string
  /** Of its adapter, such as `openai_tts_api`. */
  type: string
  /** Null when its settings name none. */
  model: string | null
}

const settingsOf = { speech_to_text: 'provider_stt_settings', text_to_speech: 'provider_tts_settings' } as const

export type SpeechCapability = keyof typeof settingsOf

/** Everybody who hears or speaks, in stored order. What is switched off is left out. */
export function speechProviders(config: ConfigSnapshot, capability: SpeechCapability): SpeechProvider[] {
  return objectsOf(config.provider).flatMap(provider => {
    const id = idOf(provider)
    const source = sourceOf(provider, config.provider_sources)
    if (provider.enable === false || id === '' || capabilityOf(provider, source) !== capability) return []
    const settings = mergedWith(source, provider)
    const { type, model } = settings
    return [{ id, type: typeof type === 'string' ? type : '', model: typeof model === 'string' ? model : null }]
  })
}

/**
 * Who hears or speaks in a chat: the provider that a rule of the session names, else the one of the profile, else the
 * first. What is switched off or gone is passed over; undefined when nobody is left.
 */
export function speechProvider(
  { providers, profile }: { providers: ConfigSnapshot; profile: ConfigSnapshot },
  capability: SpeechCapability,
  ruled: string | null | undefined,
): SpeechProvider | undefined {
  const usable = speechProviders(providers, capability)
  const { enable, provider_id: preferred } = profile[settingsOf[capability]]
  const wanted = [ruled, enable ? preferred : undefined]
  return wanted.map(id => usable.find(provider => provider.id === id)).find(Boolean) ?? usable[0]
}
