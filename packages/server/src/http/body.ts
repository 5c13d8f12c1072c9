import type { Route } from '@astrbot/contract'
import { AstrBotError } from '@astrbot/core'
import { type MultipartOptions, readMultipart } from './multipart.ts'

/** How large a body may be. */
export interface BodyLimits {
  /** Bytes of JSON and of text. */
  json: number
  multipart: MultipartOptions
}

const deepest = 100

/**
 * Reads the body of a request as the contract describes it.
 * @returns the parsed JSON or form (its files are to be discarded), or the text or bytes of a body that has no schema; undefined when there is none
 * @throws malformed_json, malformed_multipart, unsupported_media_type, payload_too_large
 */
export async function readBody(
  request: Request,
  body: NonNullable<Route['body']>,
  limits: BodyLimits,
): Promise<unknown> {
  const header = request.headers.get('content-type')
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === '') {
    const bytes = await readBytes(request, limits.json)
    if (bytes.byteLength === 0) return undefined
    // Where every type is taken, none has to be named.
    if ('*/*' in body.content) return bytes
    throw new AstrBotError('unsupported_media_type', { type: 'a body without Content-Type' })
  }
  const known = mediaType(type, body)
  if (known === undefined) {
    await request.body?.cancel()
    throw new AstrBotError('unsupported_media_type', { type })
  }
  if (known === 'multipart/form-data') return readMultipart(request, limits.multipart)
  const bytes = await readBytes(request, limits.json)
  if (known === 'application/json') return bytes.byteLength === 0 ? undefined : parseJson(bytes)
  return known.startsWith('text/') ? new TextDecoder().decode(bytes) : bytes
}

function mediaType(type: string, body: NonNullable<Route['body']>): string | undefined {
  if (type in body.content) return type
  if (type.endsWith('+json') && 'application/json' in body.content) return 'application/json'
  return '*/*' in body.content ? '*/*' : undefined
}

function parseJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new AstrBotError('malformed_json')
  }
  return parseJsonText(text)
}

/** Parses JSON that is not nested deeper than anything of ours. @throws malformed_json */
export function parseJsonText(text: string): unknown {
  if (depth(text) > deepest) throw new AstrBotError('malformed_json')
  try {
    return JSON.parse(text)
  } catch {
    throw new AstrBotError('malformed_json')
  }
}

/** How deep arrays and objects nest, without building them. */
function depth(text: string): number {
  let current = 0
  let most = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (quoted) {
      if (code === 92) i++
      else if (code === 34) quoted = false
    } else if (code === 34) quoted = true
    else if (code === 91 || code === 123) most = Math.max(most, ++current)
    else if (code === 93 || code === 125) current--
  }
  return most
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > limit) throw new AstrBotError('payload_too_large', { limit })
  if (declared > 0 && !request.headers.has('transfer-encoding')) return new Uint8Array(await request.arrayBuffer())
  if (!request.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > limit) throw new AstrBotError('payload_too_large', { limit })
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
