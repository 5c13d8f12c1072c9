/** A secret, or a function that is asked for it before every attempt (and may renew it). */
export type Secret = string | (() => string | Promise<string>)

/** Where the client tells what it does. `console` fits. Secrets and query strings are never told. */
export interface Logger {
  debug(message: string, fields: Record<string, unknown>): void
  warn(message: string, fields: Record<string, unknown>): void
}

export interface ClientOptions {
  /** Address of the server, with the sub-path it is served under if any: `http://127.0.0.1:6185`. */
  baseUrl: string
  /** An API key (`abk_…`). Give this or `token`, or neither where a session cookie does the job. */
  apiKey?: Secret | undefined
  /** A dashboard token, as `login` answers it. */
  token?: Secret | undefined
  /** With an API key: the user `chat` speaks for when a call does not say. */
  username?: string | undefined
  /** Used in place of the global `fetch`. Receives one `Request`, whose signal it should heed. */
  fetch?: ((request: Request) => Promise<Response>) | undefined
  /** Milliseconds until the headers of an answer, for each attempt. 60 000 unless given; 0 waits for ever. */
  timeout?: number | undefined
  /** Milliseconds an answer that has begun may be silent. 60 000 unless given; 0 waits for ever. */
  idleTimeout?: number | undefined
  /** How often a failed request is sent again, where that is safe. 2 unless given. */
  retries?: number | undefined
  /**
   * Milliseconds to wait before the next attempt (0 is the first retry) when the server does not say how long.
   * Unless given: random, below 0.5 s that doubles up to 8 s.
   */
  retryDelay?: ((attempt: number) => number) | undefined
  /** Sent with every request. */
  headers?: Record<string, string> | undefined
  logger?: Logger | undefined
}

/** What one call may set for itself. */
export interface RequestOptions {
  signal?: AbortSignal | undefined
  timeout?: number | undefined
  idleTimeout?: number | undefined
  retries?: number | undefined
  headers?: Record<string, string> | undefined
}
