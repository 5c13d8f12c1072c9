import type { ProviderEntry } from '../entry.ts'
import { textField } from '../untrusted.ts'

/** The query by which a source shows that it is Azure's; empty for everybody else. */
export function azureVersion({ options }: ProviderEntry): string {
  const version = textField(options, 'api_version').trim()
  return version && `api-version=${encodeURIComponent(version)}`
}

/**
 * Where Azure serves a model: each has an address of its own, unless the base names one already or is that of the newer
 * API, which goes by the model's name. The bare endpoint that the portal shows is understood.
 */
export function azureBase(base: string, model: string): string {
  if (/\/deployments\/|\/openai\/v1$/.test(base)) return base
  const root = /^https?:\/\/[^/]+\.azure\.com$/i.test(base) ? `${base}/openai` : base
  return `${root}/deployments/${encodeURIComponent(model)}`
}
