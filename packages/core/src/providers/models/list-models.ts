import { AstrBotError } from '../../errors.ts'
import type { VendorCaller } from '../capabilities/vendor-request.ts'
import { jsonOf, unreadable } from '../capabilities/vendor-request.ts'
import type { ProviderEntry } from '../entry.ts'
import { azureVersion } from '../openai/azure.ts'
import { field, listField, textField } from '../untrusted.ts'

const mimo = ['mimo-v2.5-pro', 'mimo-v2.5', 'mimo-v2-pro', 'mimo-v2-omni', 'mimo-v2-flash']

/** Pages that are read of a list, lest it never end. */
const mostPages = 20

/**
 * The ids of the chat models behind an endpoint: sorted, except Gemini's, whose order tells which are current.
 * @throws what `VendorCaller` throws
 */
export async function listModels(entry: ProviderEntry, call: VendorCaller, signal?: AbortSignal): Promise<string[]> {
  if (entry.kind === 'xiaomi_token_plan') return mimo
  const ask = async (path: string, base = entry.baseUrl) =>
    jsonOf(
      await call(
        entry,
        key => ({ url: base + path, headers: { ...keyHeaders(entry, key), ...entry.headers } }),
        signal,
      ),
    )
  if (entry.kind === 'minimax_token_plan') {
    // The plan's own address lists nothing, and not every plan may ask here.
    return await ask('/v1/models', 'https://api.minimaxi.com').then(idsOf, () => [])
  }
  if (entry.api === 'google') return await geminiModels(ask)
  if (entry.api === 'anthropic') return await anthropicModels(ask)
  try {
    const azure = azureVersion(entry)
    const answer = await ask(azure ? `/models?${azure}` : '/models')
    if (entry.kind === 'ssycloud_chat_completion') return idsOf(answer, offersChats)
    const found = idsOf(answer)
    return found.length === 0 && entry.kind === 'xiaomi_chat_completion' ? mimo : found
  } catch (error) {
    if (entry.kind === 'xiaomi_chat_completion' && error instanceof AstrBotError) return mimo
    throw error
  }
}

type Ask = (path: string) => Promise<unknown>

/** @throws provider_failed when the answer lists nothing that looks like models */
function idsOf(answer: unknown, wanted: (model: unknown) => boolean = () => true): string[] {
  const models = Array.isArray(answer) ? answer : field(answer, 'data')
  if (!Array.isArray(models)) throw unreadable('The answer holds no list of models')
  const ids = models.filter(wanted).map(model => textField(model, 'id'))
  if (ids.length > 0 && !ids.some(id => id !== '')) throw unreadable('The list holds no models')
  return [...new Set(ids.filter(id => id !== ''))].sort()
}

/** The vendor says of every model which of its APIs it serves. */
function offersChats(model: unknown): boolean {
  const apis = field(model, 'support_apis')
  return !Array.isArray(apis) || apis.includes('/v1/chat/completions')
}

async function anthropicModels(ask: Ask): Promise<string[]> {
  const found = new Set<string>()
  let after = ''
  for (let page = 0; page < mostPages; page++) {
    const answer = await ask(`/v1/models?limit=1000${after && `&after_id=${encodeURIComponent(after)}`}`)
    for (const id of idsOf(answer)) found.add(id)
    after = textField(answer, 'last_id')
    if (field(answer, 'has_more') !== true || !after) break
  }
  return [...found].sort()
}

async function geminiModels(ask: Ask): Promise<string[]> {
  const found = new Set<string>()
  let next = ''
  for (let page = 0; page < mostPages; page++) {
    const answer = await ask(`/v1beta/models?pageSize=1000${next && `&pageToken=${encodeURIComponent(next)}`}`)
    for (const model of listField(answer, 'models')) {
      const name = textField(model, 'name').replace(/^models\//, '')
      if (name && listField(model, 'supportedGenerationMethods').includes('generateContent')) found.add(name)
    }
    next = textField(answer, 'nextPageToken')
    if (!next) break
  }
  return [...found]
}

function keyHeaders(entry: ProviderEntry, key: string | undefined): Record<string, string> {
  const version: Record<string, string> = entry.api === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}
  if (key === undefined) return version
  if (entry.api === 'google') return { 'x-goog-api-key': key }
  if (entry.api === 'anthropic' && !entry.bearer) return { ...version, 'x-api-key': key }
  if (azureVersion(entry)) return { 'api-key': key }
  return { ...version, authorization: `Bearer ${key}` }
}
