import { AstrBotError } from '../../errors.ts'
import { safeFetch } from '../../guards/safe-fetch.ts'
import { isJsonObject, type JsonObject } from '../../json.ts'
import type { Fetch } from '../../providers/index.ts'

/** How calls to vendors are made. */
export interface VendorAccess {
  /** Reaches public addresses only. */
  fetchPublic: Fetch
  /** Reaches what the operator allows, on this machine and its networks too. */
  fetchAny: Fetch
  /** Origins (`https://host`) beside the vendors' own that settings may name. */
  allowedOrigins: ReadonlySet<string>
}

export interface VendorCall {
  method?: 'GET' | 'POST'
  headers?: Readonly<Record<string, string>>
  json?: JsonObject
  form?: Readonly<Record<string, string>>
  timeoutMs?: number
}

const mostBytes = 1024 * 1024

/**
 * The origin that settings name for a vendor.
 * @throws invalid_host when it is neither one of the vendor's nor allowed by the operator
 */
export function vendorOrigin(given: string, vendors: readonly string[], { allowedOrigins }: VendorAccess): string {
  const origin = URL.canParse(given) ? new URL(given).origin : ''
  if (vendors.includes(origin) || allowedOrigins.has(origin)) return origin
  throw new AstrBotError('invalid_host', { host: given.slice(0, 200) })
}

/**
 * Calls a vendor and answers its status with the JSON object it sent.
 * @throws upstream_failed, upstream_timeout
 */
export async function callVendor(
  access: VendorAccess,
  url: URL,
  { method = 'POST', headers = {}, json, form, timeoutMs = 15_000 }: VendorCall,
): Promise<{ status: number; data: JsonObject }> {
  const isAllowed = access.allowedOrigins.has(url.origin)
  const type = json ? 'application/json' : form ? 'application/x-www-form-urlencoded' : undefined
  const body = json ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : undefined
  const init = {
    method,
    headers: { ...(type && { 'Content-Type': type }), ...headers },
    ...(body !== undefined && { body }),
  }
  try {
    const answer = await safeFetch(isAllowed ? access.fetchAny : access.fetchPublic, url.href, init, {
      policy: { privateAddresses: isAllowed ? 'allow' : 'refuse' },
      maxBytes: mostBytes,
      timeoutMs,
    })
    const data: unknown = JSON.parse(new TextDecoder().decode(answer.body))
    if (isJsonObject(data)) return { status: answer.status, data }
  } catch (error) {
    if (error instanceof AstrBotError) throw error
    if (error instanceof Error && error.name === 'TimeoutError') throw new AstrBotError('upstream_timeout')
    if (!(error instanceof SyntaxError))
      throw new AstrBotError('upstream_failed', { detail: `${url.host} cannot be reached` })
  }
  throw new AstrBotError('upstream_failed', { detail: `${url.host} sent something else than JSON` })
}
