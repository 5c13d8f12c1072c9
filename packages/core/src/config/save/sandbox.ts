import type { ConfigSnapshot } from '../document.ts'
import type { Warning } from './warnings.ts'

const patienceMs = 5000

/** Asks an address, as `fetch` does. */
export type Ask = (url: string, init: { signal: AbortSignal }) => Promise<Pick<Response, 'ok' | 'body'>>

/**
 * Why the sandbox that a document has switched on will not work, or nothing.
 * @param ask absent where the caller may not make the server call addresses
 */
export async function sandboxWarnings({ provider_settings }: ConfigSnapshot, ask: Ask | undefined): Promise<Warning[]> {
  const { computer_use_runtime: runtime, sandbox } = provider_settings
  if (runtime !== 'sandbox' || sandbox.booter !== 'shipyard_neo') return []
  const endpoint = sandbox.shipyard_neo_endpoint.trim().replace(/\/+$/, '')
  if (endpoint === '') return [{ code: 'sandbox_no_endpoint' }]
  if (sandbox.shipyard_neo_access_token === '') return [{ code: 'sandbox_no_token' }]
  if (!ask || (await answers(`${endpoint}/health`, ask))) return []
  return [{ code: 'sandbox_unreachable' }]
}

async function answers(url: string, ask: Ask): Promise<boolean> {
  try {
    const { ok, body } = await ask(url, { signal: AbortSignal.timeout(patienceMs) })
    await body?.cancel()
    return ok
  } catch {
    return false
  }
}
