import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)
const worthCompressing = 1400

/** Headers of every answer: nothing is sniffed, framed or told to other sites. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
}

/** Sends JSON, gzipped when the caller takes it and the text is long enough to gain from it. */
export async function json(
  status: number,
  body: unknown,
  headers: Record<string, string>,
  acceptEncoding: string | undefined,
  cookies: string[] = [],
): Promise<Response> {
  const text = JSON.stringify(body)
  const all: Record<string, string> = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...securityHeaders,
    ...headers,
  }
  let payload: string | Uint8Array<ArrayBuffer> = text
  if (text.length >= worthCompressing) {
    all['Vary'] = 'Accept-Encoding'
    if (acceptEncoding && /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(acceptEncoding)) {
      payload = new Uint8Array(await compress(text))
      all['Content-Encoding'] = 'gzip'
    }
  }
  if (cookies.length === 0) return new Response(payload, { status, headers: all })
  const list = new Headers(all)
  for (const cookie of cookies) list.append('Set-Cookie', cookie)
  return new Response(payload, { status, headers: list })
}
