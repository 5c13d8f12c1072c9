import { type AstrBotClient, createClient, isAstrBotError } from '@astrbot/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestServer } from '../support/server.ts'

describe('the client and the configuration of a real server', () => {
  let server: TestServer
  let client: AstrBotClient
  beforeAll(async () => {
    server = await TestServer.start()
    client = await withScopes(server, ['config', 'provider'])
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('two editors at once lose nothing', async () => {
    const other = await withScopes(server, ['config'])
    const rounds = Array.from({ length: 12 }, (_, i) => i)
    const before = (await client.config.get()).config.wake_prefix ?? []
    const write = async (editor: AstrBotClient, name: string) => {
      for (const i of rounds)
        await editor.config.edit('default', draft => {
          draft.wake_prefix = [...(draft.wake_prefix ?? []), `${name}${i}`]
        })
    }
    await Promise.all([write(client, 'a'), write(other, 'b')])
    const { config } = await client.config.get()
    const expected = [...before, ...rounds.map(i => `a${i}`), ...rounds.map(i => `b${i}`)]
    expect([...(config.wake_prefix ?? [])].sort()).toEqual(expected.sort())
  })

  it('one attempt is refused when somebody was faster, and nothing is overwritten', async () => {
    const slow = client.config.edit(
      'default',
      async draft => {
        await client.config.edit('default', theirs => ({ ...theirs, timezone: 'Europe/Berlin' }))
        draft.timezone = 'UTC'
      },
      { attempts: 1 },
    )
    const error = await slow.catch((caught: unknown) => caught)
    expect(isAstrBotError(error) && error.code).toBe('revision_conflict')
    expect((await client.config.get()).config.timezone).toBe('Europe/Berlin')
  })

  it('tells what would change, and where a value is wrong', async () => {
    const before = await client.config.get()
    const trial = await client.config.edit('default', draft => ({ ...draft, t2i: !draft.t2i }), { dryRun: true })
    expect(trial).toMatchObject({ changed: ['t2i'], revision: before.revision })
    const wrong = client.config.edit('default', draft => void Object.assign(draft, { t2i_word_threshold: 'many' }))
    await expect(wrong).rejects.toMatchObject({
      name: 'ValidationError',
      issues: [{ path: 'body.t2i_word_threshold' }],
    })
    await expect(client.config.edit('none', () => {})).rejects.toMatchObject({ code: 'config_profile_not_found' })
    expect(await client.config.get()).toEqual(before)
  })

  it('adds an endpoint with its models, tries it, and chats through it', async () => {
    const baseUrl = `${server.models.url}/v1`
    const ids = await client.providers.addOpenAICompatible({
      id: 'mine',
      baseUrl,
      apiKey: 'sk-mine',
      models: ['echo', 'other'],
    })
    expect(ids).toEqual(['mine/echo', 'mine/other'])
    expect(await client.providers.test('mine/echo')).toEqual({ ok: true, id: 'mine/echo', model: 'echo', error: null })
    const listed = await client.providers.list({ capability: 'chat' })
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
    const talk = createClient({ baseUrl: server.url, apiKey: server.keys.key.api_key, username: 'ada' })
    const { text } = await talk.chat.send({ message: 'Hi [[say from mine]]', provider: 'mine/echo' })
    expect(text).toBe('from mine')
    const again = client.providers.addOpenAICompatible({ id: 'mine', baseUrl, models: [] })
    await expect(again).rejects.toMatchObject({ name: 'ConflictError', code: 'provider_source_exists' })
    await client.providers.addOpenAICompatible({ id: 'gone', baseUrl: 'http://127.0.0.1:1/v1', models: ['m'] })
    const failed = await client.providers.test('gone/m')
    expect(failed).toMatchObject({ ok: false, error: expect.stringContaining('ECONNREFUSED') })
  })
})

async function withScopes(server: TestServer, scopes: string[]): Promise<AstrBotClient> {
  const { data } = await server.call('createApiKey', { json: { scopes } })
  return createClient({ baseUrl: server.url, apiKey: data.api_key })
}
