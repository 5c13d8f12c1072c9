/** Data with more to say than the envelope's default: a message, a status, headers. */
export class Reply<T> {
  readonly data: T
  readonly message: string | null
  readonly status: 200 | 201 | 202
  readonly headers: [name: string, value: string][]

  constructor(data: T, more: { message?: string; status?: 200 | 201 | 202; headers?: [string, string][] } = {}) {
    this.data = data
    this.message = more.message ?? null
    this.status = more.status ?? 200
    this.headers = more.headers ?? []
  }
}
