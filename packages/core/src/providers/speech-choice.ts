import type { ConfigSnapshot } from '../config/index.ts'
import { capabilityOf, mergedWith } from './adapters.ts'
import { idOf, objectsOf, sourceOf } from './registry/lists.ts'
import { textField } from './untrusted.ts'

/** A provider of speech that can be asked. */
export interface SpeechProvider {
  id: string
  /** Of its adapter, such as `openai_tts_api`. */
  type: string
}

const settingsOf = { speech_to_text: 'provider_stt_settings', text_to_speech: 'provider_tts_settings' } as const

/**
 * Who hears or speaks: the provider that a rule of the session names, else the one of the profile, else the first. What is
 * switched off or gone is passed over; undefined when nobody is left.
 */
export function speechProvider(
  { providers, profile }: { providers: ConfigSnapshot; profile: ConfigSnapshot },
  capability: keyof typeof settingsOf,
  ruled: string | undefined,
): SpeechProvider | undefined {
  const usable = objectsOf(providers.provider).filter(provider => {
    if (provider.enable === false || idOf(provider) === '') return false
    return capabilityOf(provider, sourceOf(provider, providers.provider_sources)) === capability
  })
  const { enable, provider_id: preferred } = profile[settingsOf[capability]]
  const wanted = [ruled, enable ? preferred : undefined]
  const chosen = wanted.map(id => usable.find(provider => id && idOf(provider) === id)).find(Boolean) ?? usable[0]
  if (!chosen) return undefined
  const settings = mergedWith(sourceOf(chosen, providers.provider_sources), chosen)
  return { id: idOf(chosen), type: textField(settings, 'type') }
}
