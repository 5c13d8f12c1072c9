import type { ConfigSnapshot } from '../../config/index.ts'
import { safeFetch } from '../../guards/safe-fetch.ts'
import { type Ids, randomFrom } from '../../ids.ts'
import type { Json, JsonObject, ReadonlyJson } from '../../json.ts'
import type { Tool, ToolContext } from '../tool.ts'
import type { Found, SearchCall, SearchTool, SearchVendor } from './vendor.ts'
import { searchVendors } from './vendors.ts'

const mostBytes = 8 * 1024 * 1024
const patienceMs = 110_000
/** A key is refused or used up. */
const otherKeyHelps: ReadonlySet<number> = new Set([401, 403, 429, 432])

export interface WebSearchServices {
  profileOf(umo: string): ConfigSnapshot
  /** Reaches public addresses alone. */
  fetch: typeof globalThis.fetch
  ids: Ids
}

/** The tools of the vendors that search the web; a chat is offered those of the vendor its profile names. */
export function createWebSearchTools(services: WebSearchServices): Tool[] {
  return searchVendors.flatMap(vendor => {
    const turns = { next: 0 }
    return vendor.tools.map((tool): Tool => {
      const { name, description, properties, required } = tool
      return {
        name,
        description,
        parameters: { type: 'object', properties, required },
        origin: 'builtin',
        fits: umo => {
          const settings = services.profileOf(umo).provider_settings
          return settings.web_search && settings.websearch_provider === vendor.id
        },
        execute: (args, context) => search(services, vendor, tool, turns, args, context),
      }
    })
  })
}

async function search(
  { profileOf, fetch, ids }: WebSearchServices,
  vendor: SearchVendor,
  tool: SearchTool,
  turns: { next: number },
  args: JsonObject,
  { umo, signal }: ToolContext,
): Promise<string> {
  const keys = keysOf(profileOf(umo), vendor.keys)
  if (keys.length === 0) return `Error: ${vendor.name} API key is not configured in AstrBot.`
  const first = turns.next++
  const tries = vendor.triesKeys ? keys.length : 1
  let status = 0
  for (let i = 0; i < tries; i++) {
    const answer = await send(fetch, tool.call(args, keys[(first + i) % keys.length] ?? ''), signal)
    status = answer.status
    if (status >= 200 && status < 300) return told(tool.read(answer.body), randomFrom(ids, 2).toString('hex'))
    if (!otherKeyHelps.has(status)) break
  }
  throw new Error(`${vendor.name} answers with status ${status}`)
}

async function send(
  fetch: typeof globalThis.fetch,
  { method, url, headers, body }: SearchCall,
  signal: AbortSignal,
): Promise<{ status: number; body: Json }> {
  const init = {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal,
  }
  const policy = { privateAddresses: 'refuse' } as const
  const answer = await safeFetch(fetch, url, init, { policy, maxBytes: mostBytes, timeoutMs: patienceMs })
  return { status: answer.status, body: parsed(Buffer.from(answer.body).toString()) }
}

/** Pages get an index by which an answer can cite them. */
function told(read: Found[] | string, mark: string): string {
  if (typeof read === 'string') return read === '' ? 'The page has no text.' : read
  return JSON.stringify({ results: read.map((page, i) => ({ ...page, index: `${mark}.${i + 1}` })) })
}

/** A list, or one text. */
function keysOf(config: ConfigSnapshot, name: string): string[] {
  const value: ReadonlyJson | undefined = (config.provider_settings as Readonly<Record<string, ReadonlyJson>>)[name]
  const keys: readonly ReadonlyJson[] = Array.isArray(value) ? value : [value ?? '']
  return keys.filter((key): key is string => typeof key === 'string' && key.trim() !== '').map(key => key.trim())
}

function parsed(json: string): Json {
  try {
    return JSON.parse(json) as Json
  } catch {
    return null
  }
}
