import { VendorFailure, wordsOfErrorBody } from '../failure.ts'
import type { Transport } from '../http-fetch.ts'
import type { ModelEvent } from '../model.ts'
import { listField } from '../untrusted.ts'
import { type VendorAnswer, type VendorApi, type VendorCall, wholeAnswer } from '../vendor-call.ts'
import { AnswerReader, parseAnswer } from './answer-reader.ts'
import { asConnectionFailure } from './connection-failure.ts'
import { type Concessions, requestBody } from './request-body.ts'
import { StreamedAnswer } from './streamed-answer.ts'

/**
 * Chat completions, as OpenAI made them and everyone else serves them.
 *
 * Our own and not the AI SDK's: its chain of five web streams and a schema check for every token costs three to four
 * times the CPU of reading the stream directly, in the place where the server spends most of it.
 */
export function createOpenaiApi(transport: Transport): VendorApi {
  const learnt = new Map<string, Concessions>()
  return {
    async open(call) {
      const place = `${call.entry.baseUrl} ${call.model}`
      const concessions = learnt.get(place) ?? { noStreamOptions: false, noReasoning: false, toolsWithoutEffort: false }
      for (;;) {
        const response = await post(transport, call, concessions)
        if (response.ok) return await answerOf(response, call.request.streaming)
        const failure = await failureOf(response)
        if (!concede(concessions, failure, call)) throw failure
        if (learnt.size > 1000) learnt.clear()
        learnt.set(place, concessions)
      }
    },
  }
}

/** A stream, or the whole, with which some servers answer a request for a stream. */
async function answerOf(response: Response, streaming: boolean): Promise<VendorAnswer> {
  const whole = !streaming || response.headers.get('content-type')?.includes('application/json')
  if (!whole && response.body) return new StreamedAnswer(response.body)
  try {
    return wholeAnswer(readWhole(await response.text()))
  } catch (error) {
    throw error instanceof VendorFailure ? error : asConnectionFailure(error)
  }
}

function readWhole(text: string): ModelEvent[] {
  const answer = parseAnswer(text)
  const reader = new AnswerReader()
  const events: ModelEvent[] = []
  reader.read(answer, events)
  if (listField(answer, 'choices').length === 0) throw new VendorFailure('unreadable', 'The answer has no choices')
  reader.end(events)
  return events
}

async function post(transport: Transport, call: VendorCall, concessions: Concessions): Promise<Response> {
  const { entry, model, key, request, signal } = call
  const version = entry.options.api_version
  const azure = typeof version === 'string' && version !== ''
  const url = `${entry.baseUrl}/chat/completions${azure ? `?api-version=${encodeURIComponent(version)}` : ''}`
  const headers = {
    'content-type': 'application/json',
    accept: request.streaming ? 'text/event-stream' : 'application/json',
    ...(key !== undefined && (azure ? { 'api-key': key } : { authorization: `Bearer ${key}` })),
    ...entry.headers,
  }
  const body = JSON.stringify(requestBody(entry, model, request, concessions))
  try {
    return await transport(entry.proxy)(url, { method: 'POST', headers, body, signal })
  } catch (error) {
    if (signal.aborted) throw error
    throw asConnectionFailure(error)
  }
}

async function failureOf(response: Response): Promise<VendorFailure> {
  const { status } = response
  const body = await response.text().catch(() => '')
  const { message, code } = wordsOfErrorBody(body)
  return new VendorFailure('status', message || response.statusText, {
    status,
    code,
    retryAfter: response.headers.get('retry-after') ?? undefined,
  })
}

/** Learns from a refusal; true when the call is worth repeating at once. */
function concede(concessions: Concessions, failure: VendorFailure, { request }: VendorCall): boolean {
  if (failure.status !== 400 && failure.status !== 422) return false
  const { message } = failure
  const lesson: keyof Concessions | undefined = /stream_options/.test(message)
    ? 'noStreamOptions'
    : /reasoning_content/.test(message)
      ? 'noReasoning'
      : /reasoning_effort/.test(message) && request.tools?.length
        ? 'toolsWithoutEffort'
        : undefined
  if (!lesson || concessions[lesson]) return false
  concessions[lesson] = true
  return true
}
