import type { LlmMessage } from '../providers/model.ts'

/** Who the bot is in a turn. */
export interface Character {
  system_prompt: string
  /** User and assistant in turn. */
  begin_dialogs: readonly string[]
}

/** Who answers in web chats that have no persona. */
export const webchatCharacter: Character = {
  system_prompt:
    'You are a helpful assistant in a chat window. Answer correctly and to the point, in the language of the person ' +
    'you talk to. Use Markdown where it makes an answer easier to read.',
  begin_dialogs: [],
}

/**
 * What every request to the model begins with: the system prompt, then the opening turns of the character. They stand
 * before what the model remembers, and are never remembered themselves.
 */
export function openingMessages(character: Character | undefined): LlmMessage[] {
  if (!character) return []
  const prompt = character.system_prompt.trim()
  // The sections of a system prompt in their order; skills, tools and knowledge follow the persona.
  const sections = prompt === '' ? [] : [`# Persona Instructions\n\n${prompt}`]
  // An odd number of turns would make the model answer itself.
  const turns = character.begin_dialogs.length % 2 === 0 ? character.begin_dialogs : []
  return [
    ...(sections.length > 0 ? [{ role: 'system' as const, content: sections.join('\n\n') }] : []),
    ...turns.map((content, i): LlmMessage => ({ role: i % 2 === 0 ? 'user' : 'assistant', content })),
  ]
}
