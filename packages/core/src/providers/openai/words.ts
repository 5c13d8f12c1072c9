/** What a failed `fetch` says: the reason is in its cause. */
export function wordsOfFetchError(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || String(Reflect.get(cause, 'code') ?? cause.name) : String(cause)
}
