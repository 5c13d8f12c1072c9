import type { Json, JsonObject } from '../../json.ts'

/** A page that was found. */
export interface Found {
  title: string
  url: string
  snippet: string
  favicon?: string
}

/** A request to a vendor. */
export interface SearchCall {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: JsonObject
}

/** One thing that a vendor does for models. */
export interface SearchTool {
  name: string
  description: string
  /** JSON Schema of the parameters beside their `type`. */
  properties: JsonObject
  required: string[]
  call(args: JsonObject, key: string): SearchCall
  /** What the answer says: pages, or a text. */
  read(answer: Json): Found[] | string
}

/** Who searches the web. */
export interface SearchVendor {
  /** As people know it. */
  name: string
  /** As `websearch_provider` names it. */
  id: string
  /** Where the keys are in `provider_settings`. */
  keys: string
  /** Whether the next key is tried when one is refused or used up. */
  triesKeys: boolean
  tools: SearchTool[]
}

export const text = (description: string): JsonObject => ({ type: 'string', description })

export const choice = (description: string, ...names: string[]): JsonObject => ({
  type: 'string',
  description,
  enum: names,
})

export const whole = (description: string, minimum: number, maximum: number): JsonObject => ({
  type: 'integer',
  description,
  minimum,
  maximum,
})

/** Arguments under the names of a vendor; what is absent is left out. */
export function renamed(args: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(names).flatMap(([own, theirs]) => {
      const value = args[own]
      return value === undefined || value === '' ? [] : [[theirs, value]]
    }),
  )
}

export function field(value: Json | undefined, ...path: string[]): Json | undefined {
  let found = value
  for (const key of path) {
    found = typeof found === 'object' && found !== null && !Array.isArray(found) ? found[key] : undefined
  }
  return found
}

export function items(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

/** The first of some fields that holds a text. */
export function words(value: Json, ...keys: string[]): string {
  for (const key of keys) {
    const found = field(value, key)
    if (typeof found === 'string' && found !== '') return found
  }
  return ''
}

export function found(item: Json, title: string, snippets: string[], favicon = ''): Found {
  const icon = favicon === '' ? '' : words(item, favicon)
  return {
    title: words(item, title),
    url: words(item, 'url'),
    snippet: words(item, ...snippets),
    ...(icon !== '' && { favicon: icon }),
  }
}
