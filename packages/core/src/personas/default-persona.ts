import type { ConfigSnapshot } from '../config/index.ts'
import type { Persona } from './views.ts'

/** The id of the persona that is always there. */
export const defaultPersonaId = 'default'

/** What the default persona says until somebody edits it. */
export const defaultPersonaPrompt =
  'You are a helpful assistant. Answer correctly and to the point, in the language of the person you talk to. ' +
  'Say so when you do not know something.'

/** Whether a persona is the default one and says what it came with. */
export function isUneditedDefault(persona: Pick<Persona, 'persona_id' | 'system_prompt' | 'begin_dialogs'>): boolean {
  const { persona_id, system_prompt, begin_dialogs } = persona
  return persona_id === defaultPersonaId && system_prompt === defaultPersonaPrompt && begin_dialogs.length === 0
}

/** In the place of `persona_id` of a conversation: no persona, and no other in its place. */
export const noPersona = '[%None]'

/** The persona of chats that name none, as the configuration has it. */
export function configuredPersonaId(config: ConfigSnapshot): string {
  const persona = config.agent_runner.config['persona']
  const current = typeof persona === 'object' && persona !== null && 'persona_id' in persona && persona.persona_id
  // Where documents before version 5 have it.
  const older = 'default_personality' in config.provider_settings && config.provider_settings.default_personality
  const id = current || older
  return typeof id === 'string' ? id : ''
}
