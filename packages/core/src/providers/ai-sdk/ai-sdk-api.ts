import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { ProviderEntry } from '../entry.ts'
import { VendorFailure } from '../failure.ts'
import type { Fetch, Transport } from '../http-fetch.ts'
import type { ModelTool } from '../model.ts'
import { type VendorApi, type VendorCall, wholeAnswer } from '../vendor-call.ts'
import { PartReader } from './events.ts'
import { asVendorFailure } from './failure.ts'
import { ownTools, restOfExtraBody, tuningOf } from './options.ts'
import { toPrompt } from './prompt.ts'
import { SignatureMemory } from './replay.ts'
import { StreamedParts } from './streamed-parts.ts'

/** Anthropic's and Gemini's APIs through the providers of the AI SDK, which are loaded on first use. */
export function createAiSdkApi(transport: Transport): VendorApi {
  const replay = new SignatureMemory()
  // A model compiles its schemas once; who makes it anew for every call pays for that every time.
  const models = new WeakMap<ProviderEntry, Map<string, LanguageModelV4>>()

  const modelOf = async (entry: ProviderEntry, model: string) => {
    const known = models.get(entry) ?? new Map<string, LanguageModelV4>()
    models.set(entry, known)
    const found = known.get(model) ?? (await load(entry, model, transport(entry.proxy)))
    if (known.size >= 50) known.clear()
    known.set(model, found)
    return found
  }

  return {
    async open(call) {
      const { entry, model, request, signal } = call
      try {
        const languageModel = await modelOf(entry, model)
        const options = { prompt: toPrompt(request.messages, replay), ...optionsOf(call) }
        const parts = new PartReader(replay)
        if (request.streaming) return new StreamedParts((await languageModel.doStream(options)).stream, parts, signal)
        const { content, finishReason, usage } = await languageModel.doGenerate(options)
        return wholeAnswer(parts.readAll(content, finishReason, usage))
      } catch (error) {
        throw signal.aborted ? error : asVendorFailure(error)
      }
    },
    async warmUp(entry) {
      await modelOf(entry, entry.model)
    },
  }
}

function optionsOf({
  entry,
  model,
  key = '',
  request,
  signal,
}: VendorCall): Omit<LanguageModelV4CallOptions, 'prompt'> {
  const tools = [...ownTools(entry), ...(request.tools ?? []).map(toTool)]
  // As the SDK spells them: a second spelling would be a second header.
  const name = entry.bearer ? 'Authorization' : entry.api === 'anthropic' ? 'x-api-key' : 'x-goog-api-key'
  return {
    ...tuningOf(entry, model),
    ...(tools.length > 0 && { tools }),
    headers: { [name]: entry.bearer ? `Bearer ${key}` : key, ...entry.headers },
    abortSignal: signal,
  }
}

function toTool({ name, description, parameters }: ModelTool): LanguageModelV4FunctionTool {
  // A schema by contract.
  return { type: 'function', name, description, inputSchema: parameters as LanguageModelV4FunctionTool['inputSchema'] }
}

/** Makes the SDK's model. The key comes with every call; base URL and key are given so that the SDK asks no environment. */
async function load(entry: ProviderEntry, model: string, send: Fetch): Promise<LanguageModelV4> {
  // Gemini's model is part of the path.
  if (!/^[\w.:@/-]+$/.test(model) || model.includes('..'))
    throw new VendorFailure('status', `No such model: ${model}`, { status: 404 })
  const fetch = withExtraBody(entry, send)
  if (entry.api === 'google') {
    const { createGoogle } = await import('@ai-sdk/google')
    return createGoogle({ baseURL: `${entry.baseUrl}/v1beta`, apiKey: 'per call', fetch })(model)
  }
  const { createAnthropic } = await import('@ai-sdk/anthropic')
  const auth = entry.bearer ? { authToken: 'per call' } : { apiKey: 'per call' }
  return createAnthropic({ baseURL: `${entry.baseUrl}/v1`, ...auth, fetch })(model)
}

function withExtraBody(entry: ProviderEntry, send: Fetch): Fetch {
  const rest = restOfExtraBody(entry)
  if (Object.keys(rest).length === 0) return send
  return (input, init) => {
    if (typeof init?.body !== 'string') return send(input, init)
    return send(input, { ...init, body: JSON.stringify({ ...JSON.parse(init.body), ...rest }) })
  }
}
