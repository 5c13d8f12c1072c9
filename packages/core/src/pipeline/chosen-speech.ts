import type { ConfigSnapshot } from '../config/index.ts'
import { type SpeechCapability, speechProvider } from '../providers/index.ts'
import type { Visit } from './visit.ts'

/** The provider that speaks or hears in the chat of a message. `providers` is the profile that lists them. */
export function chosenSpeech(
  providers: { get(): ConfigSnapshot },
  capability: SpeechCapability,
  { config, rules }: Pick<Visit, 'config' | 'rules'>,
): string | undefined {
  return speechProvider(
    { providers: providers.get(), profile: config },
    capability,
    rules[`provider_perf_${capability}`],
  )?.id
}
