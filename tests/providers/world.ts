import { startVendorServer, type VendorServer } from '@astrbot/testing'
import { TestServer } from '../support/server.ts'

/** The vendors behind the providers. */
export let vendor: VendorServer
export let server: TestServer
/** Takes bodies up to 2000 bytes. */
export let narrow: TestServer
/** What a key with the scope `provider` shows. */
export let key: Record<string, string>

/** Starts the servers, the first on a configuration as they are found in the field. */
export async function startWorld(): Promise<void> {
  vendor = await startVendorServer()
  const config = {
    provider_sources: [
      { id: 'old', type: 'openai_chat_completion', key: 'sk-single', api_base: 'http://127.0.0.1:1/v1' },
    ],
    provider: [
      { id: 7, provider_source_id: 'old', model: 'm' },
      { id: 'strange', type: 'no_such_adapter', enable: true },
      { id: 'runner', type: 'dify', provider_type: 'agent_runner', enable: true },
    ],
  }
  server = await TestServer.start({ config })
  narrow = await TestServer.start({ env: { ASTRBOT_MAX_JSON_BYTES: '2000' } })
  const made = await server.call('createApiKey', { json: { scopes: ['provider', 'config'] } })
  key = { 'x-api-key': made.data.api_key }
}

export async function stopWorld(): Promise<void> {
  await server[Symbol.asyncDispose]()
  await narrow[Symbol.asyncDispose]()
  await vendor.stop()
}

export const asKey = { as: 'nobody' } as const
export const noSource = { source_id: 'no-such-id' }
export const noProvider = { provider_id: 'no-such-id' }

/** Status and code of a failed call. */
export async function failure(call: Promise<{ status: number; error: { code: string } }>): Promise<[number, string]> {
  const { status, error } = await call
  return [status, error.code]
}

/** Settings of a source at the vendors' server. */
export const vendorSource = (more: object = {}) => ({
  type: 'openai_chat_completion',
  provider: 'openai',
  key: ['sk-of-the-vendor'],
  api_base: `${vendor.url}/v1`,
  timeout: 20,
  ...more,
})
