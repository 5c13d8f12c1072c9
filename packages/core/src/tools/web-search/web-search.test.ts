import { expect, it } from 'vitest'
import { member } from '../../agent/agent.testing.ts'
import { type ConfigSnapshot, defaultConfig } from '../../config/index.ts'
import { systemIds } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import { createWebSearchTools } from './web-search.ts'

interface Seen {
  url: string
  headers: Record<string, string>
  body: unknown
}

/** Search tools under a profile, with a web that answers as told. */
function web(settings: object, answers: [status: number, body: unknown][]) {
  const seen: Seen[] = []
  const fetch = async (url: URL | Request | string, init: RequestInit = {}) => {
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
    seen.push({ url: String(url), headers: init.headers as Record<string, string>, body })
    const [status, answer] = answers.shift() ?? [500, {}]
    return new Response(JSON.stringify(answer), { status })
  }
  const document = structuredClone(defaultConfig) as unknown as ConfigSnapshot
  Object.assign(document.provider_settings, { web_search: true }, settings)
  const tools = createWebSearchTools({ profileOf: () => document, fetch, ids: systemIds })
  const context = { ...member, runId: 'r', signal: new AbortController().signal, say: () => {} }
  return {
    seen,
    offered: tools.filter(tool => tool.fits?.('u')).map(({ name }) => name),
    use: async (name: string, args: JsonObject) => tools.find(tool => tool.name === name)?.execute(args, context),
  }
}

const page = { url: 'https://example.org', title: 'T', name: 'T' }

it.each([
  ['tavily', 'websearch_tavily_key', 'web_search_tavily', { results: [{ ...page, content: 'S' }] }],
  ['bocha', 'websearch_bocha_key', 'web_search_bocha', { data: { webPages: { value: [{ ...page, snippet: 'S' }] } } }],
  ['brave', 'websearch_brave_key', 'web_search_brave', { web: { results: [{ ...page, description: 'S' }] } }],
  ['firecrawl', 'websearch_firecrawl_key', 'web_search_firecrawl', { data: { web: [{ ...page, description: 'S' }] } }],
  [
    'baidu_ai_search',
    'websearch_baidu_app_builder_key',
    'web_search_baidu',
    { references: [{ ...page, content: 'S' }] },
  ],
  ['exa', 'websearch_exa_key', 'web_search_exa', { results: [{ ...page, text: 'S' }] }],
])('%s finds pages', async (websearch_provider, key, name, answer) => {
  const { offered, use, seen } = web({ websearch_provider, [key]: 'secret' }, [[200, answer]])
  expect(offered).toContain(name)
  const { results } = JSON.parse(String(await use(name, { query: 'cats' })))
  expect(results).toEqual([
    { title: 'T', url: 'https://example.org', snippet: 'S', index: expect.stringMatching(/^[0-9a-f]{4}\.1$/) },
  ])
  expect(JSON.stringify(seen[0])).toContain('cats')
  expect(Object.values(seen[0]?.headers ?? {}).join()).toContain('secret')
})

it.each([
  ['websearch_tavily_key', 'tavily_extract_web_page', { results: [{ raw_content: 'text' }] }],
  ['websearch_firecrawl_key', 'firecrawl_extract_web_page', { data: { markdown: 'text' } }],
  ['websearch_exa_key', 'exa_get_contents', { results: [{ text: 'text' }] }],
])('pages are read with %s', async (key, name, answer) => {
  const { use, seen } = web({ [key]: ['k'] }, [[200, answer]])
  expect(await use(name, { url: 'https://example.org/a' })).toBe('text')
  expect(JSON.stringify(seen[0]?.body)).toContain('https://example.org/a')
})

it('keys are used in turn, and the next one when one is refused', async () => {
  const found = { results: [] }
  const settings = { websearch_tavily_key: ['a', 'b', ' '] }
  const { use, seen } = web(settings, [
    [200, found],
    [432, {}],
    [200, found],
    [401, {}],
    [429, {}],
  ])
  await use('web_search_tavily', { query: 'one' })
  await use('web_search_tavily', { query: 'two' })
  expect(seen.map(({ headers }) => headers['authorization'])).toEqual(['Bearer a', 'Bearer b', 'Bearer a'])
  await expect(use('web_search_tavily', { query: 'three' })).rejects.toThrow('Tavily answers with status 429')
})

it('without a key the model is told, without the setting it is offered nothing', async () => {
  const { use, seen } = web({}, [])
  expect(await use('web_search_brave', { query: 'x' })).toBe('Error: Brave API key is not configured in AstrBot.')
  expect(seen).toEqual([])
  expect(web({ web_search: false }, []).offered).toEqual([])
  expect(web({}, []).offered).toEqual(['web_search_tavily', 'tavily_extract_web_page'])
})
