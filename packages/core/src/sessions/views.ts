import type { Schemas } from '@astrbot/contract'
import type { SessionRules } from './rule-set.ts'

/** A session with what is switched on for it. */
export function sessionStatus(info: Schemas['UmoInfo'], rules: SessionRules): Schemas['SessionStatus'] {
  const service = rules.session_service_config
  return {
    ...info,
    custom_name: service?.custom_name ?? '',
    session_enabled: service?.session_enabled ?? true,
    llm_enabled: service?.llm_enabled ?? true,
    tts_enabled: service?.tts_enabled ?? true,
    has_rules: Object.keys(rules).length > 0,
    chat_provider: rules.provider_perf_chat_completion ?? null,
    tts_provider: rules.provider_perf_text_to_speech ?? null,
    stt_provider: rules.provider_perf_speech_to_text ?? null,
  }
}
