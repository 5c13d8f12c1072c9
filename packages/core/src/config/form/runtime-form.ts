import type { ConfigRule, Schemas } from '@astrbot/contract'
import type { Language } from '../language.ts'
import { documentRule, resolved, ruleAt, ruleNamed } from '../rules.ts'
import { isSecretKey } from '../secrets/secret-keys.ts'
import botFields from './bot-fields.json' with { type: 'json' }
import botTemplates from './bot-templates.json' with { type: 'json' }
import { type FieldFacts, FieldWriter, type FormField, type FormTexts } from './form-field.ts'
import { groupText } from './form-text.ts'
import providerFields from './provider-fields.json' with { type: 'json' }
import providerTemplates from './provider-templates.json' with { type: 'json' }

type Fields = Readonly<Record<string, FieldFacts>>

/** Keys that stand in the runtime form beside its sections, with what they say beyond the contract's rules. */
const singleKeys: Readonly<Record<string, { default?: number; condition?: Record<string, boolean> }>> = {
  ...plain('wake_prefix', 't2i', 't2i_word_threshold', 'admins_id', 'http_proxy', 'no_proxy', 'timezone'),
  ...plain(
    'callback_api_base',
    'disable_metrics',
    'log_level',
    'dashboard.ssl.enable',
    'dashboard.trust_proxy_headers',
  ),
  ...plain('dashboard.auth_rate_limit.enable', 'dashboard.auth_rate_limit.average_interval'),
  ...plain('dashboard.auth_rate_limit.max_burst'),
  'dashboard.ssl.cert_file': { condition: { 'dashboard.ssl.enable': true } },
  'dashboard.ssl.key_file': { condition: { 'dashboard.ssl.enable': true } },
  'dashboard.ssl.ca_certs': { condition: { 'dashboard.ssl.enable': true } },
  ...plain('log_file_enable'),
  log_file_path: { condition: { log_file_enable: true } },
  log_file_max_mb: { condition: { log_file_enable: true } },
  ...plain('temp_dir_max_size', 'trace_log_enable'),
  trace_log_path: { condition: { trace_log_enable: true } },
  trace_log_max_mb: { condition: { trace_log_enable: true } },
  ...plain('t2i_strategy', 't2i_endpoint', 't2i_use_file_service', 'pip_install_arg', 'pypi_index_url'),
  ...plain('default_kb_collection', 'kb_names'),
  kb_fusion_top_k: { default: 20 },
  kb_final_top_k: { default: 5 },
  ...plain('kb_agentic_mode'),
}

function plain(...keys: string[]): Record<string, object> {
  return Object.fromEntries(keys.map(key => [key, {}]))
}

const fieldTypes: Readonly<Record<string, string>> = { boolean: 'bool', integer: 'int', number: 'float', array: 'list' }

/** Starters of bots by title, the built-in platforms only. A copy. */
export function botStarters(): Record<string, Schemas['ConfigDocumentBot']> {
  return structuredClone(botTemplates)
}

/** Starters of providers and of their sources by title. A copy. */
export function providerStarters(): Record<string, Schemas['ConfigDocumentProvider']> {
  return structuredClone(providerTemplates) as Record<string, Schemas['ConfigDocumentProvider']>
}

/** The list of bots as a form. */
export function botForm(language: Language): { form: Schemas['BotConfigForm']; texts: FormTexts } {
  const { fields, texts } = listForm('bots', botFields as Fields, 'platform_group.platform', language)
  const form = {
    type: 'list',
    description: 'platform_group.platform.description',
    config_template: botStarters(),
    items: fields,
  } as const
  return { form, texts }
}

/** The list of providers as a form. */
export function providerForm(language: Language): { form: Schemas['ProviderConfigForm']; texts: FormTexts } {
  const key = 'provider_group.provider'
  const { fields, texts } = listForm('providers', providerFields as Fields, key, language)
  return {
    form: { type: 'list', description: `${key}.description`, config_template: providerStarters(), items: fields },
    texts,
  }
}

/** Everything that is checked, with the starters of bots and providers. */
export function runtimeForms(language: Language): { metadata: Schemas['RuntimeConfigForms']; texts: FormTexts } {
  const bots = botForm(language)
  const providers = providerForm(language)
  const section = (key: string) => plainField(ruleAt(documentRule, key) ?? {})
  const texts = { ...bots.texts, ...providers.texts }
  texts['provider_group.name'] = groupText('provider_group', language).label
  const metadata: Schemas['RuntimeConfigForms'] = {
    platform_group: {
      metadata: {
        platform: bots.form,
        platform_settings: section('platform_settings'),
        content_safety: section('content_safety'),
      },
    },
    provider_group: {
      name: 'provider_group.name',
      metadata: {
        provider: providers.form,
        provider_settings: section('provider_settings'),
        agent_runner: plainField(ruleNamed('LocalAgentRunner')),
        provider_stt_settings: section('provider_stt_settings'),
        provider_tts_settings: section('provider_tts_settings'),
        provider_ltm_settings: section('provider_ltm_settings'),
      },
    },
    misc_config_group: {
      metadata: Object.fromEntries(
        Object.entries(singleKeys).map(([key, more]) => [key, { ...section(key), ...structuredClone(more) }]),
      ),
    },
  }
  return { metadata, texts }
}

function listForm(vocabulary: 'bots' | 'providers', facts: Fields, key: string, language: Language) {
  const writer = new FieldWriter(vocabulary, language)
  const fields = writer.fields(facts, key, '')
  writer.texts[`${key}.description`] = groupText(key, language).label
  return { fields, texts: writer.texts }
}

/** A field as the contract's rule alone describes it, without texts. */
function plainField(given: ConfigRule): FormField {
  const rule = resolved(given)
  const type = String([rule.type].flat().find(one => one !== 'null') ?? 'string')
  const properties = Object.entries(rule.properties ?? {}).filter(([, property]) => !property.deprecated)
  const element = rule.items && resolved(rule.items)
  return {
    type: fieldTypes[type] ?? type,
    ...(rule.enum && { options: rule.enum.filter(value => typeof value === 'string') }),
    ...(element?.type === 'string' && { items: { type: 'string' } }),
    ...(properties.length > 0 && {
      items: Object.fromEntries(
        properties.map(([key, property]) => [
          key,
          { ...plainField(property), ...(isSecretKey(key, '') && { secret: true }) },
        ]),
      ),
    }),
  }
}
