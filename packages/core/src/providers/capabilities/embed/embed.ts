import { AstrBotError } from '../../../errors.ts'
import { field, listField } from '../../untrusted.ts'
import { type Adapter, bearer, versioned } from '../adapter.ts'
import { jsonOf, unreadable } from '../vendor-request.ts'

export interface EmbedOptions {
  /** Whether OpenAI's models may be asked for the configured length when nothing insists on it. A probe wants their own. */
  configuredLength: boolean
}

type Embed = (adapter: Adapter, texts: readonly string[], options: EmbedOptions) => Promise<unknown[]>

/** How the vendors embed, by adapter type. */
const vendors: Readonly<Record<string, Embed>> = {
  openai_embedding: openai,
  nvidia_embedding: openai,
  gemini_embedding: gemini,
  ollama_embedding: ollama,
  dashscope_embedding: dashscope,
}

/** Texts that are sent with one call. */
const batch = 64

/**
 * One vector for each text.
 * @throws invalid_provider_type when the adapter does not embed; what `VendorCaller` throws
 */
export async function embed(
  adapter: Adapter,
  texts: readonly string[],
  options: EmbedOptions = { configuredLength: true },
): Promise<number[][]> {
  const vendor = Object.hasOwn(vendors, adapter.type) ? vendors[adapter.type] : undefined
  if (!vendor) throw new AstrBotError('invalid_provider_type', { type: adapter.type })
  const size = adapter.type === 'dashscope_embedding' ? 10 : batch
  const vectors: number[][] = []
  for (let at = 0; at < texts.length; at += size) {
    const some = texts.slice(at, at + size)
    const found = (await vendor(adapter, some, options)).map(toVector)
    if (found.length !== some.length) throw unreadable(`${found.length} vectors for ${some.length} texts`)
    vectors.push(...found)
  }
  return vectors
}

function toVector(value: unknown): number[] {
  // Some servers answer in base64 whatever was asked for.
  if (typeof value === 'string') {
    const bytes = Uint8Array.from(Buffer.from(value, 'base64'))
    if (bytes.length > 0 && bytes.length % 4 === 0) return [...new Float32Array(bytes.buffer)]
  }
  if (!Array.isArray(value) || value.length === 0 || !value.every(item => typeof item === 'number'))
    throw unreadable('The answer holds no vector')
  return value
}

/** Models that can shorten their vectors. */
const shortening = /text-embedding-(3|v[34])|qwen3-embedding|gemini-embedding|jina-embeddings-v[34]|voyage-(3|4)/i

async function openai(adapter: Adapter, texts: readonly string[], { configuredLength }: EmbedOptions) {
  const nvidia = adapter.type === 'nvidia_embedding'
  const fallback = nvidia ? 'https://integrate.api.nvidia.com/v1' : 'https://api.openai.com/v1'
  const base = versioned(adapter.base('embedding_api_base', fallback).replace(/\/embeddings$/, ''))
  const model = adapter.text('embedding_model', 'text-embedding-3-small')
  const length = adapter.number('embedding_dimensions') ?? 0
  const mode = adapter.text('embedding_dimensions_mode', 'never')
  const wanted = length > 0 && (mode === 'always' || (mode === 'auto' && configuredLength && shortening.test(model)))
  const reply = await adapter.ask('embedding_api_key', key => ({
    url: `${base}/embeddings`,
    headers: bearer(key),
    json: {
      model,
      input: texts,
      encoding_format: 'float',
      ...(wanted && { dimensions: length }),
      ...(nvidia && { input_type: adapter.text('input_type', 'passage'), truncate: 'END' }),
    },
  }))
  const data = listField(jsonOf(reply), 'data')
  return data
    .sort((a, b) => Number(field(a, 'index')) - Number(field(b, 'index')))
    .map(item => field(item, 'embedding'))
}

async function gemini(adapter: Adapter, texts: readonly string[]) {
  const given = adapter.base('embedding_api_base', 'https://generativelanguage.googleapis.com')
  const base = given.replace(/\/v1(beta\d*)?$/, '')
  const model = `models/${adapter.text('embedding_model', 'gemini-embedding-001').replace(/^models\//, '')}`
  const length = adapter.number('embedding_dimensions') ?? 0
  const requests = texts.map(text => ({
    model,
    content: { parts: [{ text }] },
    ...(length > 0 && { outputDimensionality: length }),
  }))
  const reply = await adapter.ask('embedding_api_key', key => ({
    url: `${base}/v1beta/${model}:batchEmbedContents`,
    headers: key === undefined ? {} : { 'x-goog-api-key': key },
    json: { requests },
  }))
  return listField(jsonOf(reply), 'embeddings').map(item => field(item, 'values'))
}

async function ollama(adapter: Adapter, texts: readonly string[]) {
  const base = adapter.base('embedding_api_base', 'http://localhost:11434').replace(/\/(api|v1)$/, '')
  const length = adapter.number('embedding_dimensions') ?? 0
  const reply = await adapter.ask('embedding_api_key', key => ({
    url: `${base}/api/embed`,
    headers: bearer(key),
    json: {
      model: adapter.text('embedding_model', 'nomic-embed-text'),
      input: texts,
      ...(length > 0 && { dimensions: length }),
    },
  }))
  return listField(jsonOf(reply), 'embeddings')
}

async function dashscope(adapter: Adapter, texts: readonly string[]) {
  const base = adapter.base('embedding_api_base', 'https://dashscope.aliyuncs.com/api/v1')
  const length = adapter.number('embedding_dimensions') ?? 0
  const reply = await adapter.ask('embedding_api_key', key => ({
    url: `${base}/services/embeddings/text-embedding/text-embedding`,
    headers: bearer(key),
    json: {
      model: adapter.text('embedding_model', 'text-embedding-v4'),
      input: { texts },
      parameters: length > 0 ? { dimension: length } : {},
    },
  }))
  return listField(field(jsonOf(reply), 'output'), 'embeddings').map(item => field(item, 'embedding'))
}
