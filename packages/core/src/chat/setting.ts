import { type Character, webchatCharacter } from '../agent/index.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import type { Conversations } from '../conversations/index.ts'
import { isUneditedDefault, noPersona, type Personas } from '../personas/index.ts'
import { chatProviderOf, type Providers } from '../providers/index.ts'
import type { SessionRules, Sessions } from '../sessions/index.ts'

export interface SettingServices {
  conversations: Pick<Conversations, 'current'>
  personas: Pick<Personas, 'find'>
  sessions: Pick<Sessions, 'rules'>
  providers: Pick<Providers, 'list'>
  /** The persona of chats that name none; empty for none. */
  defaultPersonaId(umo: string): string
}

/** What the chat of a turn brings along. */
export interface SettingRequest {
  umo: string
  platformId: string
  /** The name of the session, which a new conversation takes over. */
  sessionName: string | null
  /** The profile that the chat goes by. */
  profile: ConfigSnapshot
  /** Chosen for this turn alone. */
  providerId?: string | undefined
  /** There a prompt of ours takes the place of a default persona that nobody edited. */
  onWebchat: boolean
  /** Whether chats without a persona get a prompt of ours. */
  defaultPrompt: boolean
}

/** What session, conversation and profile decide about a turn. */
export interface TurnSetting {
  conversationId: string
  /** Of the conversation, as it was when the turn began. */
  version: number
  /** Tokens of the conversation's last request; 0 is unknown. */
  tokenUsage: number
  character: Character | undefined
  /** Told to people in place of the text of an error. */
  errorText: string | undefined
  providerId: string | undefined
  /** The tools that the persona allows; null for all. */
  tools: readonly string[] | null
}

/** Puts the setting of a turn together. The closer choice wins: turn, session, conversation, profile. */
export async function settingOf(
  services: SettingServices,
  request: SettingRequest,
  rules: SessionRules,
): Promise<TurnSetting> {
  const { conversations, personas, providers, defaultPersonaId } = services
  const { umo, platformId, sessionName } = request
  const conversation = await conversations.current(umo, platformId, sessionName)
  const chosenId = rules.session_service_config?.persona_id || conversation.personaId
  const personaId = chosenId || defaultPersonaId(umo)
  const persona = personaId === noPersona ? undefined : await personas.find(personaId)
  const fallback = personaId !== noPersona && request.defaultPrompt ? webchatCharacter : undefined
  const unedited = persona && !chosenId && request.onWebchat && isUneditedDefault(persona)
  return {
    conversationId: conversation.id,
    version: conversation.version,
    tokenUsage: conversation.tokenUsage,
    character: unedited ? fallback : (persona ?? fallback),
    errorText: persona?.custom_error_message ?? undefined,
    providerId: request.providerId || chatProviderOf(providers, rules.provider_perf_chat_completion, request.profile),
    tools: persona?.tools ?? null,
  }
}
