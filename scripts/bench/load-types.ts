/** As many requests as connections manage one after the other in a time. */
export interface RequestsJob {
  kind: 'requests'
  url: string
  method: string
  /** Taken in turn. */
  paths: string[]
  headers: Record<string, string>
  body?: string
  connections: number
  milliseconds: number
}

export interface RequestsResult {
  requests: number
  milliseconds: number
  /** Milliseconds from request to the last byte, each. */
  times: number[]
}

/** `count` POSTs, `concurrency` at once, each answered by a stream of tokens. */
export interface StreamsJob {
  kind: 'streams'
  url: string
  headers: Record<string, string>
  body: string
  count: number
  concurrency: number
  /** A regular expression that finds every token of a stream. */
  token: string
}

export interface StreamsResult {
  /** Milliseconds from request to first token and to the end, each. */
  first: number[]
  total: number[]
  /** The fewest tokens a stream had. */
  tokens: number
  /** CPU time of the reader. */
  cpuMs: number
}

export type Job = RequestsJob | StreamsJob
