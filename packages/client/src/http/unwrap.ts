import { during } from '../errors/astrbot-error.ts'
import { ProtocolError } from '../errors/call-errors.ts'
import { errorFromAnswer } from '../errors/from-answer.ts'
import { bytePaths } from '../generated/operations.ts'
import { isRecord } from '../record.ts'
import { type Answer, readBlob, readText } from './read.ts'

/**
 * What a successful answer says: `data` of its envelope, or a `Blob` where the contract has bytes. AstrBot says many
 * failures with status 200: they are thrown as the errors they are.
 */
export async function unwrap(answer: Answer, scope?: string): Promise<unknown> {
  const { response, operation } = answer
  const type = response.headers.get('content-type') ?? ''
  const json = /^application\/(\S+\+)?json/.test(type)
  const bytes = bytePaths.includes(operation.replace(/^\w+ \/api\/v1\//, ''))
  if (bytes && !(json && isUnstored(response.headers))) return readBlob(answer)
  if (type && !json) {
    const message = `Expected JSON, not ${type}. Is baseUrl the address of an AstrBot server?`
    const error = new ProtocolError(message)
    answer.lifetime.end(error)
    throw during(operation, error)
  }
  const text = await readText(answer)
  if (!text) return undefined
  const body = parseJson(text, operation)
  if (isRecord(body)) {
    if (body.status === 'error') throw during(operation, errorFromAnswer(response, body, scope))
    if ('data' in body && (body.status === 'ok' || body.status === 'success')) return body.data
  }
  return bytes ? new Blob([text], { type }) : body
}

/** Whether JSON is an answer, not a JSON file that was stored on the server: only files have one of these headers. */
function isUnstored(headers: Headers): boolean {
  return !['etag', 'accept-ranges', 'content-disposition'].some(name => headers.has(name))
}

/** @throws ProtocolError for what is not JSON */
export function parseJson(text: string, operation: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw during(operation, new ProtocolError('What the server sent is not valid JSON', cause))
  }
}
