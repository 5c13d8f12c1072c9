import { AstrBotError } from './astrbot-error.ts'

/** No answer: the server cannot be reached, or the connection broke. */
export class ConnectionError extends AstrBotError {
  override name = 'ConnectionError'

  constructor(message: string, cause?: unknown) {
    super('connection_failed', message, cause)
  }
}

/** The answer's headers did not come within `timeout`. */
export class TimeoutError extends AstrBotError {
  override name = 'TimeoutError'

  constructor(milliseconds: number) {
    super('timeout', `No answer within ${milliseconds} ms`)
  }
}

/** An answer that had begun went silent for `idleTimeout`. */
export class IdleTimeoutError extends AstrBotError {
  override name = 'IdleTimeoutError'

  constructor(milliseconds: number) {
    super('idle_timeout', `Nothing arrived for ${milliseconds} ms`)
  }
}

/** The caller gave up: its signal fired, or `abort()` was called. `cause` is the signal's reason. */
export class AbortError extends AstrBotError {
  override name = 'AbortError'

  constructor(cause?: unknown) {
    super('aborted', 'The call was aborted', cause)
  }
}

/** The answer is not what the contract says: no JSON, no event stream, an event that cannot be read. */
export class ProtocolError extends AstrBotError {
  override name = 'ProtocolError'

  constructor(message: string, cause?: unknown) {
    super('protocol_error', message, cause)
  }
}
