/** A multipart form as a call sends it. */
export interface FormBody {
  body: Uint8Array<ArrayBuffer>
  type: string
}

export interface FormFile {
  bytes: string | Uint8Array<ArrayBuffer>
  name: string
  type?: string
}

/** Writes a form the way browsers do. */
export async function form(fields: Readonly<Record<string, string | FormFile>>): Promise<FormBody> {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, new File([value.bytes], value.name, { type: value.type ?? '' }))
  }
  const encoded = new Response(data)
  return { body: new Uint8Array(await encoded.arrayBuffer()), type: encoded.headers.get('content-type') ?? '' }
}

/** A form with one file in the field `file`. */
export function fileForm(name: string, bytes: FormFile['bytes'], type?: string): Promise<FormBody> {
  return form({ file: { name, bytes, ...(type !== undefined && { type }) } })
}
