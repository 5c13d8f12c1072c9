/** Where the keys of `provider_settings` went when `agent_runner` came (version 3), below `agent_runner.config`. */
export const movedKeys: readonly (readonly [from: string, to: string])[] = [
  ['default_provider_id', 'model.provider_id'],
  ['fallback_chat_models', 'model.fallback_provider_ids'],
  ['request_max_retries', 'model.request_max_retries'],
  ['default_personality', 'persona.persona_id'],
  ['llm_safety_mode', 'persona.safety_mode'],
  ['safety_mode_strategy', 'persona.safety_mode_strategy'],
  ['max_context_length', 'compression.max_turns'],
  ['dequeue_context_length', 'compression.trim_turns'],
  ['context_limit_reached_strategy', 'compression.overflow_strategy'],
  ['llm_compress_instruction', 'compression.instruction'],
  ['llm_compress_keep_recent_ratio', 'compression.keep_recent_ratio'],
  ['llm_compress_provider_id', 'compression.provider_id'],
  ['fallback_max_context_tokens', 'compression.fallback_max_tokens'],
  ['max_agent_step', 'misc.max_steps'],
  ['tool_call_timeout', 'misc.tool_call_timeout'],
  ['tool_schema_mode', 'misc.tool_schema_mode'],
  ['sanitize_context_by_modalities', 'misc.sanitize_context_by_modalities'],
]

/** Keys of `provider_settings` that have no successor. */
const gone = ['agent_runner_type', 'image_compress_enabled']

/** Every key of `provider_settings` that documents before version 5 have and later ones do not. */
export const oldSettings: readonly string[] = [
  ...movedKeys.map(([from]) => from),
  ...gone,
  ...['dify', 'coze', 'dashscope', 'deerflow'].map(runnerProviderKey),
]

/** The key of `provider_settings` that named the provider which held the settings of a runner. */
export function runnerProviderKey(runnerType: string): string {
  return `${runnerType}_agent_runner_provider_id`
}
