import type { Schemas } from '@astrbot/contract'
import { isJsonObject } from '../json.ts'
import type { MessagePart } from './types.ts'

type Refs = Schemas['ChatRefs']
type Ref = Refs['used'][number]

const searches = /^web_search_/
const citations = /<ref>\s*([^<\s]+)\s*<\/ref>/g

/** The pages that an answer cites, of those that its searches found, in the order of first use; undefined for none. */
export function refsOf(parts: readonly MessagePart[]): Refs | undefined {
  const pages = new Map<string, Ref>()
  for (const part of parts) {
    if (part.type !== 'tool_call') continue
    for (const { name, result } of part.tool_calls) {
      if (searches.test(name ?? '')) for (const page of pagesIn(result)) pages.set(page.index, page)
    }
  }
  if (pages.size === 0) return undefined
  const text = parts.map(part => (part.type === 'plain' ? part.text : '')).join('\n')
  const cited = new Set([...text.matchAll(citations)].map(([, index = '']) => index))
  const used = [...cited].flatMap(index => pages.get(index) ?? [])
  return used.length > 0 ? { used } : undefined
}

function pagesIn(result: unknown): Ref[] {
  if (typeof result !== 'string') return []
  try {
    const value: unknown = JSON.parse(result)
    const list = isJsonObject(value) && Array.isArray(value['results']) ? value['results'] : []
    return list.flatMap(page => {
      if (!isJsonObject(page)) return []
      const { index, url, title, snippet, favicon } = page
      if (typeof index !== 'string' || typeof url !== 'string' || url === '') return []
      const icon = typeof favicon === 'string' && { favicon }
      return [{ index, url, title: String(title ?? ''), snippet: String(snippet ?? ''), ...icon }]
    })
  } catch {
    return []
  }
}
