/** What `fetch` takes as a body, by the name it has in every runtime. */
type Body = NonNullable<RequestInit['body']>

const ready = /(String|Blob|File|FormData|Params|Buffer|\dArray|DataView|Stream)\]$/

/**
 * Bytes, text, forms and streams go as they are, an object with a file in it as a form, and the rest as JSON. `type` is
 * the media type where `fetch` does not know it.
 */
export function serialiseBody(body: unknown): { payload?: Body; type?: string } {
  if (body === undefined) return {}
  if (isReady(body)) return { payload: body }
  const fields = Object.entries(body ?? {}).flatMap(([name, value]) => [value].flat().map(one => [name, one] as const))
  if (!fields.some(([, value]) => value instanceof Blob))
    return { payload: JSON.stringify(body), type: 'application/json' }
  const form = new FormData()
  for (const [name, value] of fields) {
    if (value instanceof Blob) form.append(name, value)
    else if (value !== undefined && value !== null) form.append(name, String(value))
  }
  return { payload: form }
}

/** Whether `fetch` takes the body as it is. Asks by name: the value may come from another realm. */
function isReady(body: unknown): body is Body {
  return ready.test(Object.prototype.toString.call(body))
}
