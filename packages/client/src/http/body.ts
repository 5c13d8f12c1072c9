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
  return serialiseForm(fields)
}

/**
 * A form as a `Blob` that refers to the files in it. Not a `FormData`: Node ends the process with an unhandled rejection
 * when a request is given up while it reads one.
 */
function serialiseForm(fields: readonly (readonly [string, unknown])[]): { payload: Body; type: string } {
  const boundary = `----astrbot${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`
  const parts: (string | Blob)[] = []
  for (const [name, value] of fields) {
    if (value === undefined || value === null) continue
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"`)
    if (value instanceof Blob) {
      const filename = quoted((value as { name?: string }).name ?? 'blob')
      const type = value.type || 'application/octet-stream'
      parts.push(`; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n')
    } else parts.push(`\r\n\r\n${value}\r\n`)
  }
  return { payload: new Blob([...parts, `--${boundary}--\r\n`]), type: `multipart/form-data; boundary=${boundary}` }
}

/** As browsers write names in forms. */
function quoted(name: string): string {
  return name.replace(/["\r\n]/g, encodeURIComponent)
}

/** Whether `fetch` takes the body as it is. Asks by name: the value may come from another realm. */
function isReady(body: unknown): body is Body {
  return ready.test(Object.prototype.toString.call(body))
}
