import { AstrBotError } from '../errors.ts'
import { maskSecrets } from './mask.ts'

/**
 * How a vendor failed: it was never reached, it answered with an error status, the connection broke while it answered,
 * it fell silent, or it said something that cannot be read.
 */
export type FailureKind = 'unreachable' | 'status' | 'broken' | 'silent' | 'unreadable'

interface FailureDetails {
  status?: number | undefined
  /** The vendor's own code, e.g. `context_length_exceeded`. */
  code?: string | undefined
  /** The header as it came. */
  retryAfter?: string | undefined
  cause?: unknown
}

/** What went wrong at the vendor, in the vendor's words, before it becomes an error of ours. */
export class VendorFailure extends Error {
  override readonly name = 'VendorFailure'
  readonly kind: FailureKind
  readonly status: number | undefined
  readonly code: string | undefined
  readonly retryAfter: string | undefined

  constructor(kind: FailureKind, message: string, { status, code, retryAfter, cause }: FailureDetails = {}) {
    super(message, { cause })
    this.kind = kind
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }

  /** Whether the same call may well succeed in a moment. */
  get passing(): boolean {
    if (this.kind !== 'status') return this.kind === 'unreachable' || this.kind === 'broken'
    const { status = 0 } = this
    return status === 408 || status === 409 || status === 429 || status >= 500
  }
}

const tooLong =
  /context.?length|context.?window|maximum context|prompt is too long|too many (input )?tokens|input token count|reduce the length/i
const badKey = /api.?key.{0,20}(invalid|not valid)|API_KEY_INVALID|invalid.{0,20}api.?key/i

/** The error that callers of a model get. Its `data.cause` holds the vendor's words, keys masked. */
export function asAstrBotError(failure: VendorFailure, keys: readonly string[]): AstrBotError {
  const words = maskSecrets(failure.message, keys)
  const data = { cause: failure.status === undefined ? words : `HTTP ${failure.status}: ${words}`.slice(0, 500) }
  // Not the failure itself: it holds the vendor's words unmasked.
  const { kind, status = 0, code = '' } = failure
  if (kind === 'unreachable') return new AstrBotError('provider_unreachable', {}, data)
  if (kind === 'silent' || status === 408 || status === 504) return new AstrBotError('provider_timeout', {}, data)
  if (status === 401 || status === 403) return new AstrBotError('provider_auth_failed', {}, data)
  if (status === 429) return new AstrBotError('provider_rate_limited', {}, data)
  if (status >= 400 && status < 500) {
    if (status === 400 && badKey.test(`${code} ${words}`)) return new AstrBotError('provider_auth_failed', {}, data)
    if (tooLong.test(`${code} ${words}`)) return new AstrBotError('context_too_long', {}, data)
  }
  return new AstrBotError('provider_failed', { detail: data.cause.slice(0, 200) }, data)
}

/** Finds the vendor's words in the body of an error answer; every vendor nests them in its own way. */
export function wordsOfErrorBody(body: string): { message: string; code: string | undefined } {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { message: body.replace(/<[^>]*>/g, ' '), code: undefined }
  }
  // Gemini wraps the object in a list.
  const outer = Array.isArray(value) ? value[0] : value
  const inner = field(outer, 'error') ?? outer
  const code = field(inner, 'code') ?? field(inner, 'type')
  const message =
    typeof inner === 'string' ? inner : (field(inner, 'message') ?? field(outer, 'message') ?? field(outer, 'detail'))
  return {
    message: typeof message === 'string' ? message : body,
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : undefined,
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) ?? undefined) : undefined
}
