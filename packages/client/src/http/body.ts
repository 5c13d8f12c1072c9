/** Sends bytes, text, forms and streams as they are, an object with a file in it as a form, and the rest as JSON. */
export function serialiseBody(body: unknown): BodyInit {
  if (isReady(body)) return body
  return holdsFile(body) ? toForm(body) : JSON.stringify(body)
}

const ready = /(String|Blob|File|FormData|Params|Buffer|\dArray|DataView|Stream)\]$/

/** Whether `fetch` takes the body as it is and knows its media type. Asks by name: the value may come from another realm. */
export function isReady(body: unknown): body is BodyInit {
  return ready.test(Object.prototype.toString.call(body))
}

function holdsFile(body: unknown): body is object {
  return Object.values(body ?? {})
    .flat()
    .some(value => value instanceof Blob)
}

function toForm(body: object): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) {
    for (const one of [value].flat()) {
      if (one instanceof Blob) form.append(name, one)
      else if (one !== undefined && one !== null) form.append(name, String(one))
    }
  }
  return form
}
