import { VendorFailure } from '../failure.ts'

/** What `fetch`, or the body of its response, threw; the caller has seen that nobody aborted it. */
export function asConnectionFailure(error: unknown): VendorFailure {
  const message = error instanceof Error ? error.message : ''
  const kind = message === 'fetch failed' ? 'unreachable' : message === 'terminated' ? 'broken' : 'unreadable'
  // The reason is in the cause.
  const root = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const words = root instanceof Error ? root.message || String(Reflect.get(root, 'code') ?? root.name) : String(root)
  return new VendorFailure(kind, words, { cause: error })
}
