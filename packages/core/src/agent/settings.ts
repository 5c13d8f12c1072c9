import { adminIds, type ConfigSnapshot } from '../config/index.ts'
import type { ReadonlyJson } from '../json.ts'
import type { CompressionSettings } from './context-guard.ts'

/** What a profile says about answering. */
export interface AgentSettings {
  /** Steps with tools in a turn. */
  maxSteps: number
  toolTimeoutMs: number
  /** How often a request that failed in passing is made again before the next model is asked. */
  retries: number
  /** `skills_like` tells models the names of tools first, and the parameters of those that they pick. */
  toolSchemaMode: 'full' | 'skills_like'
  /** Providers that stand in, in their order. */
  fallbackProviderIds: readonly string[]
  compression: CompressionSettings
  /** Writes summaries; empty for the model that answers. */
  summaryProviderId: string
  /** Whether models are told to keep from harm. */
  safety: boolean
  /** Whether what is said before calls of tools joins the final answer instead of being sent by itself. */
  bufferTexts: boolean
  prompt: PromptSettings
  /** Sender ids with administrator rights. */
  adminIds: readonly string[]
  /** Whether only admins write to chats other than their own. */
  adminsAlone: boolean
}

/** What joins a message on its way to the model. */
export interface PromptSettings {
  /** With `{{prompt}}` a template, otherwise put in front. */
  prefix: string
  identifier: boolean
  groupName: boolean
  datetime: boolean
  /** An IANA name. */
  timezone: string
  /** Describes pictures to models that do not see; empty for none. */
  captionProviderId: string
  captionPrompt: string
}

/** The settings in a document. */
export function agentSettings(config: ConfigSnapshot): AgentSettings {
  const { provider_settings: settings, agent_runner: runner } = config
  const local: ReadonlyJson = runner.runner_type === 'local' ? runner.config : {}
  const [model, persona, compression, misc] = ['model', 'persona', 'compression', 'misc'].map(key =>
    fieldOf(local, key),
  )
  return {
    maxSteps: Math.max(1, numberOf(fieldOf(misc, 'max_steps'), 128)),
    toolTimeoutMs: Math.max(1, numberOf(fieldOf(misc, 'tool_call_timeout'), 120)) * 1000,
    // The setting counts the first try.
    retries: Math.max(1, numberOf(fieldOf(model, 'request_max_retries'), 5)) - 1,
    toolSchemaMode: fieldOf(misc, 'tool_schema_mode') === 'skills_like' ? 'skills_like' : 'full',
    fallbackProviderIds: textsOf(fieldOf(model, 'fallback_provider_ids')),
    compression: {
      maxTurns: numberOf(fieldOf(compression, 'max_turns'), -1),
      trimTurns: Math.max(1, numberOf(fieldOf(compression, 'trim_turns'), 1)),
      overflow:
        fieldOf(compression, 'overflow_strategy') === 'truncate_by_turns' ? 'truncate_by_turns' : 'llm_compress',
      instruction: textOf(fieldOf(compression, 'instruction')),
      keepRecentRatio: Math.min(0.3, Math.max(0, numberOf(fieldOf(compression, 'keep_recent_ratio'), 0.15))),
    },
    summaryProviderId: textOf(fieldOf(compression, 'provider_id')),
    safety: fieldOf(persona, 'safety_mode') !== false,
    bufferTexts: settings.buffer_intermediate_messages,
    prompt: {
      prefix: settings.prompt_prefix,
      identifier: settings.identifier,
      groupName: settings.group_name_display,
      datetime: settings.datetime_system_prompt,
      timezone: config.timezone,
      captionProviderId: settings.default_image_caption_provider_id,
      captionPrompt: settings.image_caption_prompt,
    },
    adminIds: adminIds(config),
    adminsAlone: settings.computer_use_require_admin,
  }
}

function fieldOf(value: ReadonlyJson | undefined, key: string): ReadonlyJson | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: ReadonlyJson })[key]
    : undefined
}

function numberOf(value: ReadonlyJson | undefined, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback
}

function textOf(value: ReadonlyJson | undefined): string {
  return typeof value === 'string' ? value : ''
}

function textsOf(value: ReadonlyJson | undefined): string[] {
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string' && id !== '') : []
}
