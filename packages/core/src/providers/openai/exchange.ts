import type { JsonObject } from '../../json.ts'
import { VendorFailure, wordsOfErrorBody } from '../failure.ts'
import type { Transport } from '../http-fetch.ts'
import type { ModelEvent } from '../model.ts'
import { type VendorAnswer, type VendorCall, wholeAnswer } from '../vendor-call.ts'
import { azureBase, azureVersion } from './azure.ts'
import { asConnectionFailure } from './connection-failure.ts'
import { type ChunkReader, StreamedAnswer } from './streamed-answer.ts'

/**
 * Sends a call in the manner of OpenAI and its many followers, Azure among them.
 * @param path below the base URL
 * @throws VendorFailure when nobody is reached; an error status is an answer
 */
export async function post(
  transport: Transport,
  call: VendorCall,
  path: string,
  content: JsonObject,
): Promise<Response> {
  const { entry, key, request, signal } = call
  const azure = azureVersion(entry)
  const url = azure ? `${azureBase(entry.baseUrl, call.model)}${path}?${azure}` : entry.baseUrl + path
  const headers = {
    'content-type': 'application/json',
    accept: request.streaming ? 'text/event-stream' : 'application/json',
    ...(key !== undefined && (azure !== '' ? { 'api-key': key } : { authorization: `Bearer ${key}` })),
    ...entry.headers,
  }
  try {
    return await transport(entry.proxy)(url, { method: 'POST', headers, body: JSON.stringify(content), signal })
  } catch (error) {
    if (signal.aborted) throw error
    throw asConnectionFailure(error)
  }
}

/** A stream, or the whole, with which some servers answer a request for a stream. */
export async function answerOf(
  response: Response,
  streaming: boolean,
  reader: ChunkReader,
  readWhole: (text: string) => ModelEvent[],
): Promise<VendorAnswer> {
  const whole = !streaming || response.headers.get('content-type')?.includes('application/json')
  if (!whole && response.body) return new StreamedAnswer(response.body, reader)
  try {
    return wholeAnswer(readWhole(await response.text()))
  } catch (error) {
    throw error instanceof VendorFailure ? error : asConnectionFailure(error)
  }
}

/** What an error status means, in the vendor's words. */
export async function failureOf(response: Response): Promise<VendorFailure> {
  const { status } = response
  const body = await response.text().catch(() => '')
  const { message, code } = wordsOfErrorBody(body)
  return new VendorFailure('status', message || response.statusText, {
    status,
    code,
    retryAfter: response.headers.get('retry-after') ?? undefined,
  })
}
