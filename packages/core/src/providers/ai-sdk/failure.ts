import { VendorFailure, wordsOfErrorBody } from '../failure.ts'
import { field, textField } from '../untrusted.ts'

/**
 * What the AI SDK threw, or put into its stream, as a failure of the vendor. Its errors are told by their fields and not
 * by their class, so that this file does not load the SDK.
 */
export function asVendorFailure(error: unknown): VendorFailure {
  if (error instanceof VendorFailure) return error
  const status = field(error, 'statusCode')
  const message = textField(error, 'message')
  if (typeof status === 'number' && status >= 300) {
    const { message: words, code } = wordsOfErrorBody(textField(error, 'responseBody'))
    const retryAfter = textField(field(error, 'responseHeaders'), 'retry-after') || undefined
    return new VendorFailure('status', message || words, { status, code, retryAfter, cause: error })
  }
  const causes = causesOf(error)
  const root = causes.at(-1)
  const words = root?.message || textField(root, 'code') || message || JSON.stringify(error)
  // This is how `fetch` says that the connection broke while the answer came.
  const broke = causes.some(cause => cause instanceof TypeError && cause.message === 'terminated')
  if (broke) return new VendorFailure('broken', words, { cause: error })
  if (status === undefined && field(error, 'isRetryable') === true)
    return new VendorFailure('unreachable', words, { cause: error })
  return new VendorFailure('unreadable', words, { cause: error })
}

/** An error and what it wraps, the root last. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let inner = error; inner instanceof Error && causes.length < 10; inner = inner.cause) causes.push(inner)
  return causes
}
