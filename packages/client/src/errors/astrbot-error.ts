const brand = Symbol.for('@astrbot/client/error')

/**
 * The base of every error this package throws. Read `code` (stable snake_case) in programs, show `message` to people.
 *
 * `instanceof` fails where two copies of the package are installed; {@link isAstrBotError} does not.
 */
export class AstrBotError extends Error {
  override name = 'AstrBotError'
  /** Stable name: the server's `data.code`, or one of this package (`connection_failed`, `timeout`, `aborted` …). */
  readonly code: string
  /** Method and path of the call that failed, as in the contract: `GET /api/v1/chat/sessions`. */
  declare operation?: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Whether a caught value is an error of this package, whichever copy of the package made it. */
export function isAstrBotError(value: unknown): value is AstrBotError {
  return typeof value === 'object' && value !== null && brand in value
}

/** Notes on an error which call it ended, and gives it back. */
export function during(operation: string, error: unknown): unknown {
  if (isAstrBotError(error)) error.operation ??= operation
  return error
}
