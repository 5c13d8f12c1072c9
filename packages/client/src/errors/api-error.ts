import { AstrBotError } from './astrbot-error.ts'

/** One place of a request that breaks the contract. */
export interface Issue {
  /** Where the value stands: `body.message[0].text`, `query.page`. */
  path: string
  message: string
}

/** What an answer tells beyond code and message. */
export interface APIErrorDetails {
  /** What happened, as an HTTP status. AstrBot reports many failures with HTTP 200; here they carry the fitting status. */
  readonly status: number
  /** The HTTP status that was really sent. */
  readonly httpStatus: number
  readonly headers: Headers
  /** The server's `X-Request-Id`: quote it when asking the operator. */
  readonly requestId: string | undefined
  /** `data` of the error envelope, or the body of an answer that has none. */
  readonly data: unknown
  /** 422: every place of the request that breaks the contract. */
  readonly issues: readonly Issue[]
  /** 403: the scope the API key lacks, when that is known. */
  readonly requiredScope: string | undefined
  /** 429 and 503: seconds to wait, when the server says so. */
  readonly retryAfter: number | undefined
}

export interface APIError extends APIErrorDetails {}

/** The server refused or failed. There is a subclass for each kind that programs tell apart. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor assigns every detail
export class APIError extends AstrBotError {
  override name = 'APIError'

  constructor(code: string, message: string, details: APIErrorDetails) {
    super(code, message)
    Object.assign(this, details)
  }
}

/** 401: no credential, or one that is unknown, expired or revoked. */
export class AuthenticationError extends APIError {
  override name = 'AuthenticationError'
}

/** 403: the credential lacks a scope (`requiredScope`), or the thing belongs to somebody else. */
export class PermissionError extends APIError {
  override name = 'PermissionError'
}

/** 404: what the request names does not exist. */
export class NotFoundError extends APIError {
  override name = 'NotFoundError'
}

/** 409: the request contradicts what is stored. */
export class ConflictError extends APIError {
  override name = 'ConflictError'
}

/** 422: the request breaks the contract; `issues` names every place. */
export class ValidationError extends APIError {
  override name = 'ValidationError'
}

/** 429: too many attempts; `retryAfter` says how long to wait. */
export class RateLimitError extends APIError {
  override name = 'RateLimitError'
}

/** 5xx: the server, or a service behind it, failed. */
export class ServerError extends APIError {
  override name = 'ServerError'
}
