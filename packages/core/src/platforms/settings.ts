import { idOf, presentDocument, ruleAt, ruleNamed } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import { type Ids, randomFrom } from '../ids.ts'
import { isJsonObject, type Json, type JsonObject, type ReadonlyJson } from '../json.ts'
import { invalid } from '../validation.ts'

/** Platforms that call back at an address that this server makes up. */
const webhookTypes: ReadonlySet<unknown> = new Set([
  'qq_official_webhook',
  'weixin_official_account',
  'wecom',
  'wecom_ai_bot',
  'slack',
  'lark',
  'line',
])

const botRule = ruleNamed('ConfigDocumentBot')

const emptyValues: Readonly<Record<string, Json>> = { string: '', number: 0, integer: 0, boolean: false }

/** Characters that would take a UMO apart in the wrong place. */
const notInIds = /[:!]/g

/** An entry as bots need it: an id that can stand in a UMO, and a webhook address where its platform needs one. */
export function completeBot(entry: ReadonlyJson, ids: Ids): Json {
  if (!isJsonObject(entry)) return entry as Json
  const id = idOf(entry).replaceAll(notInIds, '_')
  const named = id === idOf(entry) ? entry : { ...entry, id }
  return withWebhook(named, ids)
}

/** The entry with a webhook address, where its platform needs one and it has none. */
export function withWebhook(entry: JsonObject, ids: Ids): JsonObject {
  if (!webhookTypes.has(entry['type'])) return entry
  const forced = entry['type'] === 'line' ? { unified_webhook_mode: true } : {}
  const uuid = entry['webhook_uuid']
  if (typeof uuid === 'string' && uuid !== '') return { ...entry, ...forced }
  return { ...entry, ...forced, webhook_uuid: randomFrom(ids, 8).toString('hex') }
}

/** A bot that a request wants stored. */
export type BotSettings = JsonObject & { id: string; enable: boolean }

/**
 * The bot that a request carries: its `config`, or, as older clients send them, what stands beside the keys that steer
 * the request.
 *
 * @param stored the bot as it stands, when it is to be replaced
 * @throws validation_failed without an id; invalid_bot_id, invalid_bot_type
 */
export function botSettings(body: JsonObject, stored?: JsonObject): BotSettings {
  const { config } = body
  const steering = ['bot_id', 'config', 'enabled']
  const settings =
    isJsonObject(config) && Object.keys(config).length > 0
      ? { ...config }
      : Object.fromEntries(Object.entries(body).filter(([key, value]) => value !== null && !steering.includes(key)))
  const before = stored && idOf(stored)
  const given = [settings['id'], body['id']].find(one => textOf(one) !== '')
  const id = typeof given === 'string' ? given : (before ?? '')
  if (id === '') throw invalid('body.config.id', 'is missing')
  if (id.length > 255) throw invalid('body.config.id', 'must have at most 255 characters')
  if (before === undefined ? /[:!\p{Cc}]/u.test(id) || id === 'webchat' : id !== before)
    throw new AstrBotError('invalid_bot_id')
  const type = textOf(settings['type']) || textOf(body['type']) || textOf(stored?.['type'])
  if (type === '') throw new AstrBotError('invalid_bot_type')
  const wanted = [body['enabled'], body['enable'], settings['enable']].find(on => typeof on === 'boolean')
  const enable = wanted ?? (stored ? stored['enable'] === true : settings['enable'] !== null)
  return { ...settings, id, type, enable }
}

/** Settings with the values that the contract promises: numbers where forms have sent text, empty ones where null. */
export function castBot<T extends JsonObject>(settings: T): T {
  const given = Object.entries(settings).map(([key, value]) => [key, value ?? emptyValue(key)] as const)
  const { platform } = presentDocument({ platform: [Object.fromEntries(given)] })
  const [entry] = Array.isArray(platform) ? platform : []
  return isJsonObject(entry) ? ({ ...entry } as T) : settings
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}

/** What null stands for in a setting: nothing, zero or off. Null itself where the contract has it, or knows no type. */
function emptyValue(key: string): Json {
  const { type } = ruleAt(botRule, key) ?? {}
  return typeof type === 'string' ? (emptyValues[type] ?? null) : null
}
