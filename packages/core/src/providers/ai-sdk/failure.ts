import { VendorFailure, wordsOfErrorBody } from '../failure.ts'
import { field, textField } from '../untrusted.ts'

/**
 * What the AI SDK threw, or put into its stream, as a failure of the vendor. Its errors are told by their fields and not
 * by their class, so that this file does not load the SDK.
 */
export function asVendorFailure(error: unknown): VendorFailure {
  const status = field(error, 'statusCode')
  const message = textField(error, 'message')
  if (typeof status === 'number' && status >= 300) {
    const { message: words, code } = wordsOfErrorBody(textField(error, 'responseBody'))
    const retryAfter = textField(field(error, 'responseHeaders'), 'retry-after') || undefined
    return new VendorFailure('status', message || words, { status, code, retryAfter, cause: error })
  }
  const connection = connectionError(error)
  if (!connection)
    return new VendorFailure('unreadable', message || JSON.stringify(error) || 'no reason given', { cause: error })
  // A status tells that the answer had begun.
  const kind = typeof status === 'number' ? 'broken' : 'unreachable'
  return new VendorFailure(kind, connection.message || textField(connection, 'code'), { cause: error })
}

/** The error of the connection at the bottom of a chain of causes. */
function connectionError(error: unknown): Error | undefined {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (/^(E[A-Z]+|UND_ERR_\w+|CERT_\w+|\w*_CERT\w*)$/.test(textField(inner, 'code'))) return inner
  }
  return undefined
}
