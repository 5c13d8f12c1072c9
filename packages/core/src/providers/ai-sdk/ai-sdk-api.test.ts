import { type ModelServer, startModelServer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../json.ts'
import { asking, collect, type Vendor, vendorModel } from '../providers.testing.ts'

let server: ModelServer
beforeAll(async () => {
  server = await startModelServer()
})
afterAll(() => server.stop())

/** The body of a call under these settings. */
async function sent(vendor: Vendor, source: JsonObject, model: string, more: object = {}): Promise<JsonObject> {
  await collect(vendorModel(vendor, server.url, { source, model }).run(asking('hi', more)))
  return (server.seen.at(-1)?.body ?? {}) as JsonObject
}

const tools = [{ name: 'weather', description: '', parameters: { type: 'object', properties: {} } }]

describe('Gemini', () => {
  test('does by itself what its source allows', async () => {
    const all = { gm_native_search: true, gm_native_coderunner: true, gm_url_context: true }
    const own = [{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }]
    expect((await sent('gemini', all, 'gemini-2.5-flash')).tools).toEqual(own)
    // Older models take either kind.
    expect((await sent('gemini', { gm_native_search: true }, 'gemini-2.5-flash', { tools })).tools).toEqual([
      { googleSearch: {} },
    ])
    const none = await sent('gemini', { gm_native_search: false }, 'gemini-2.5-flash', { tools })
    expect(JSON.stringify(none.tools)).toContain('weather')
  })

  test('thinks in tokens or in levels, by its version', async () => {
    const source = { gm_thinking_config: { budget: 500, level: 'LOW' } }
    const config = async (model: string) => (await sent('gemini', source, model)).generationConfig
    expect(await config('gemini-2.5-flash')).toMatchObject({
      thinkingConfig: { thinkingBudget: 500, includeThoughts: true },
    })
    expect(await config('gemini-3-pro')).toMatchObject({ thinkingConfig: { thinkingLevel: 'low' } })
    expect(await config('gemini-2.0-flash')).not.toHaveProperty('thinkingConfig')
  })

  test('keeps to the limits of its source', async () => {
    const source = { gm_safety_settings: { harassment: 'BLOCK_NONE', dangerous_content: '' } }
    expect((await sent('gemini', source, 'gemini-2.5-flash')).safetySettings).toEqual([
      { category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' },
    ])
  })
})

describe('Anthropic', () => {
  test('thinks as its source says', async () => {
    const config = async (anth_thinking_config: JsonObject) =>
      await sent('anthropic', { anth_thinking_config }, 'claude-sonnet-4-5')
    expect((await config({ type: '', budget: 0, effort: '' })).thinking).toBeUndefined()
    expect((await config({ type: '', budget: 2000, effort: '' })).thinking).toEqual({
      type: 'enabled',
      budget_tokens: 2000,
    })
    expect(await config({ type: 'adaptive', budget: 0, effort: 'high' })).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    })
  })

  test('may reuse what it read before, and has room to answer', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ]
    const body = await sent('anthropic', {}, 'claude-sonnet-4-5', { messages })
    expect(body.system).toEqual([{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }])
    expect(body.max_tokens).toBeGreaterThanOrEqual(60_000)
  })
})
