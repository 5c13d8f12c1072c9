/** What a client that has a file compares with. */
export interface Validators {
  /** Strong, in quotes. */
  etag: string
  /** Epoch milliseconds; HTTP knows whole seconds. */
  modifiedAt: number
}

/** Whether the client has the file already: `If-None-Match`, or without it `If-Modified-Since`. */
export function isUnchanged(headers: Headers, { etag, modifiedAt }: Validators): boolean {
  const known = headers.get('if-none-match')
  if (known !== null) {
    const tags = known.split(',').map(tag => tag.trim().replace(/^W\//, ''))
    return tags.includes('*') || tags.includes(etag)
  }
  const since = Date.parse(headers.get('if-modified-since') ?? '')
  return Math.floor(modifiedAt / 1000) * 1000 <= since
}

/** Whether a `Range` still counts: with `If-Range`, only when the file is the one the client has a part of. */
export function rangeApplies(headers: Headers, { etag, modifiedAt }: Validators): boolean {
  const condition = headers.get('if-range')?.trim()
  if (condition === undefined) return true
  if (condition.includes('"')) return condition === etag
  return Math.floor(modifiedAt / 1000) * 1000 === Date.parse(condition)
}
