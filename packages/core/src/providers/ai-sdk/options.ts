import type { JSONObject, LanguageModelV4CallOptions, LanguageModelV4ProviderTool } from '@ai-sdk/provider'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { ProviderEntry } from '../entry.ts'
import { countField, textField } from '../untrusted.ts'

type Tuning = Pick<LanguageModelV4CallOptions, 'temperature' | 'topP' | 'maxOutputTokens' | 'providerOptions'>

// Anthropic wants a limit; the SDK lowers it to what a model it knows can do.
const anthropicMaxOutput = 65_536

/** What the configuration says about how the model is to answer. */
export function tuningOf(entry: ProviderEntry, model: string): Tuning {
  const { temperature, top_p: topP, max_tokens: maxTokens } = entry.extraBody
  const maxOutputTokens =
    typeof maxTokens === 'number' ? maxTokens : entry.api === 'anthropic' ? anthropicMaxOutput : undefined
  return {
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    providerOptions:
      entry.api === 'anthropic'
        ? { anthropic: anthropicOptions(entry.options) }
        : { google: googleOptions(entry.options, model) },
  }
}

/** What of the extra body has no place of its own, to be merged into the request. */
export function restOfExtraBody(entry: ProviderEntry): JsonObject {
  const { temperature: _temperature, top_p: _topP, max_tokens: _maxTokens, ...rest } = entry.extraBody
  return rest
}

const geminiTools: Readonly<Record<string, 'google_search' | 'code_execution' | 'url_context'>> = {
  gm_native_search: 'google_search',
  gm_native_coderunner: 'code_execution',
  gm_url_context: 'url_context',
}

/** What Gemini does by itself. Before version 3 it takes no other tools beside these, which are left out then. */
export function ownTools({ api, options }: ProviderEntry): LanguageModelV4ProviderTool[] {
  if (api !== 'google') return []
  return Object.entries(geminiTools)
    .filter(([setting]) => options[setting] === true)
    .map(([, name]) => ({ type: 'provider', id: `google.${name}`, name, args: {} }))
}

function anthropicOptions(options: JsonObject): JSONObject {
  const config = options.anth_thinking_config
  const budget = countField(config, 'budget')
  const effort = textField(config, 'effort')
  if (textField(config, 'type') === 'adaptive') return { thinking: { type: 'adaptive' }, ...(effort && { effort }) }
  return budget > 0 ? { thinking: { type: 'enabled', budgetTokens: budget } } : {}
}

const harms: Record<string, string> = {
  harassment: 'HARM_CATEGORY_HARASSMENT',
  hate_speech: 'HARM_CATEGORY_HATE_SPEECH',
  sexually_explicit: 'HARM_CATEGORY_SEXUALLY_EXPLICIT',
  dangerous_content: 'HARM_CATEGORY_DANGEROUS_CONTENT',
}

function googleOptions(options: JsonObject, model: string): JSONObject {
  const safety = options.gm_safety_settings
  const safetySettings = Object.entries(harms).flatMap(([name, category]) => {
    const threshold = textField(safety, name)
    return threshold ? [{ category, threshold }] : []
  })
  const thinkingConfig = isJsonObject(options.gm_thinking_config)
    ? thinking(options.gm_thinking_config, model)
    : undefined
  return { ...(safetySettings.length > 0 && { safetySettings }), ...(thinkingConfig && { thinkingConfig }) }
}

/** Models of 2.5 count tokens of thought, later ones know levels; 2.5 Pro cannot do without thinking. */
function thinking(config: JsonObject, model: string): JSONObject | undefined {
  if (/gemini-2\.5/.test(model)) {
    const budget = countField(config, 'budget')
    return budget > 0
      ? { thinkingBudget: budget, includeThoughts: true }
      : /pro/.test(model)
        ? undefined
        : { thinkingBudget: 0 }
  }
  const level = textField(config, 'level').toLowerCase()
  return level && /gemini-([3-9]|flash|pro)/.test(model) ? { thinkingLevel: level, includeThoughts: true } : undefined
}
