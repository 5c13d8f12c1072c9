import { AstrBotError } from '../../../errors.ts'
import { field, listField } from '../../untrusted.ts'
import { type Adapter, bearer } from '../adapter.ts'
import { jsonOf, unreadable } from '../vendor-request.ts'

/** How well one of the texts fits, best first. */
export interface Ranked {
  /** Place of the text in what was asked. */
  index: number
  score: number
}

type Rerank = (adapter: Adapter, query: string, texts: readonly string[], top: number) => Promise<unknown[]>

/** How the vendors rank, by adapter type. */
const vendors: Readonly<Record<string, Rerank>> = {
  vllm_rerank: (adapter, ...rest) => cohere(adapter, 'http://127.0.0.1:8000', ...rest),
  xinference_rerank: (adapter, ...rest) => cohere(adapter, 'http://127.0.0.1:9997', ...rest),
  bailian_rerank: bailian,
  nvidia_rerank: nvidia,
  tei_rerank: tei,
}

/**
 * Orders texts by how well they answer a query, at most `top` of them.
 * @throws invalid_provider_type when the adapter cannot rank; what `VendorCaller` throws
 */
export async function rerank(
  adapter: Adapter,
  query: string,
  texts: readonly string[],
  top = texts.length,
): Promise<Ranked[]> {
  const vendor = Object.hasOwn(vendors, adapter.type) ? vendors[adapter.type] : undefined
  if (!vendor) throw new AstrBotError('invalid_provider_type', { type: adapter.type })
  if (texts.length === 0 || top <= 0) return []
  const ranked = (await vendor(adapter, query, texts, top)).map(item => {
    const index = field(item, 'index')
    const score = field(item, 'relevance_score') ?? field(item, 'score') ?? field(item, 'logit')
    if (typeof index !== 'number' || typeof score !== 'number' || texts[index] === undefined)
      throw unreadable('The answer holds no ranking')
    return { index, score }
  })
  if (ranked.length === 0) throw unreadable('The ranking is empty')
  return ranked.sort((a, b) => b.score - a.score).slice(0, top)
}

async function cohere(adapter: Adapter, fallback: string, query: string, documents: readonly string[], top: number) {
  const model = adapter.text('rerank_model', 'BAAI/bge-reranker-base')
  const reply = await adapter.ask('rerank_api_key', key => ({
    url: cohereUrl(adapter, fallback),
    headers: bearer(key),
    json: { model, query, documents, top_n: top },
  }))
  return listField(jsonOf(reply), 'results')
}

/** An empty suffix says that the address is complete, unless it obviously is not. */
function cohereUrl(adapter: Adapter, fallback: string): string {
  const base = adapter.base('rerank_api_base', fallback)
  const versioned = /\/v\d+$/.test(base)
  const complete = adapter.settings.rerank_api_suffix === '' && !versioned && !/^https?:\/\/[^/]+$/.test(base)
  if (complete || base.endsWith('/rerank')) return base
  const suffix = adapter.text('rerank_api_suffix', versioned ? '/rerank' : '/v1/rerank')
  return `${base}/${suffix.replace(/^\/+/, '')}`
}

async function bailian(adapter: Adapter, query: string, documents: readonly string[], top: number) {
  const url = adapter.base(
    'rerank_api_base',
    'https://dashscope.aliyuncs.com/api/v1/services/rerank/text-rerank/text-rerank',
  )
  const instruct = adapter.text('instruct')
  const parameters = {
    top_n: top,
    ...(adapter.settings.return_documents === true && { return_documents: true }),
    ...(instruct && { instruct }),
  }
  const json = { model: adapter.text('rerank_model', 'qwen3-rerank'), input: { query, documents }, parameters }
  const reply = await adapter.ask('rerank_api_key', key => ({ url, headers: bearer(key), json }))
  const answer = jsonOf(reply)
  return listField(field(answer, 'output') ?? answer, 'results')
}

async function nvidia(adapter: Adapter, query: string, texts: readonly string[]) {
  const base = adapter.base('nvidia_rerank_api_base', 'https://ai.api.nvidia.com/v1/retrieval')
  const model = adapter.text('nvidia_rerank_model', 'nvidia/llama-nemotron-rerank-vl-1b-v2')
  const path = adapter.text('nvidia_rerank_model_endpoint', '/reranking').replace(/^\/*/, '/')
  // At the vendor every model has a path of its own; a server in one's own house has one for all.
  const own = model.includes('/') ? model.replaceAll('.', '_') : 'nvidia'
  const url = path === '/ranking' ? base + path : `${base}/${own}${path}`
  const truncate = adapter.text('nvidia_rerank_truncate')
  const json = {
    model,
    query: { text: query },
    passages: texts.map(text => ({ text })),
    ...(truncate && { truncate }),
  }
  const reply = await adapter.ask('nvidia_rerank_api_key', key => ({ url, headers: bearer(key), json }))
  return listField(jsonOf(reply), 'rankings')
}

async function tei(adapter: Adapter, query: string, texts: readonly string[]) {
  const base = adapter.base('rerank_api_base', 'http://127.0.0.1:8080')
  const direction = adapter.text('tei_rerank_truncation_direction', 'right').toLowerCase()
  const reply = await adapter.ask('rerank_api_key', key => ({
    url: base.endsWith('/rerank') ? base : `${base}/rerank`,
    headers: bearer(key),
    json: {
      query,
      texts,
      truncate: adapter.settings.tei_rerank_truncate === true,
      truncation_direction: direction === 'left' ? 'Left' : 'Right',
      raw_scores: adapter.settings.tei_rerank_raw_scores === true,
      return_text: adapter.settings.tei_rerank_return_text === true,
    },
  }))
  const answer = jsonOf(reply)
  return Array.isArray(answer) ? answer : []
}
