import type { Logger } from '../../log.ts'
import type { Component } from '../../platforms/index.ts'
import type { Speech } from '../../providers/index.ts'
import type { Visit } from '../visit.ts'

/** Speaks the texts of a chain; undefined when it is not to be spoken. */
export type Voice = (
  visit: Pick<Visit, 'config' | 'rules' | 'signal'>,
  chain: readonly Component[],
) => Promise<Component[] | undefined>

export interface VoiceServices {
  speak(providerId: string, text: string, signal: AbortSignal): Promise<Speech>
  /** The provider that speaks in a chat, or undefined. */
  providerOf(visit: Pick<Visit, 'config' | 'rules'>): string | undefined
  /** What a sound is called in the answer: itself, its file or a link. */
  refer(speech: Speech, visit: Pick<Visit, 'config'>): Promise<string>
  random(): number
  log: Logger
}

/** Speaks as the profile says. What cannot be spoken stays text. */
export function createVoice({ speak, providerOf, refer, random, log }: VoiceServices): Voice {
  return async (visit, chain) => {
    const settings = visit.config.provider_tts_settings
    if (!settings.enable || visit.rules.session_service_config?.tts_enabled === false) return undefined
    if (!chain.some(isSpeakable) || random() > settings.trigger_probability) return undefined
    const providerId = providerOf(visit)
    if (providerId === undefined) {
      log.warn({}, 'answers are to be spoken, but there is no provider for it')
      return undefined
    }
    const spoken: Component[] = []
    for (const part of chain) {
      const record = isSpeakable(part) ? await recordOf(part.text) : undefined
      if (record) spoken.push(record)
      if (!record || settings.dual_output) spoken.push(part)
    }
    return spoken

    async function recordOf(text: string): Promise<Component | undefined> {
      try {
        const speech = await speak(providerId ?? '', text, visit.signal)
        return { type: 'record', file: await refer(speech, visit), text }
      } catch (error) {
        log.warn({ error: String(error), providerId }, 'an answer was not spoken')
        return undefined
      }
    }
  }
}

function isSpeakable(part: Component): part is Extract<Component, { type: 'plain' }> {
  return part.type === 'plain' && [...part.text.trim()].length > 1
}
