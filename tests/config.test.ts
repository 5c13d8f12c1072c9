import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from './support/caller.ts'
import type { OperationId } from './support/contract.ts'
import { textOf } from './support/events.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'
import { TestServer } from './support/server.ts'
import { totpCode } from './support/totp.ts'

let server: TestServer
let narrow: TestServer
/** A key with the scope `config`, and one that may change administrators as well. */
let configKey: Record<string, string>
let adminKey: Record<string, string>

beforeAll(async () => {
  const config = {
    admins_id: ['boss', '42'],
    provider_settings: { websearch_tavily_key: ['tavily-1', 'tavily-2'] },
    platform: [{ id: 'tg', type: 'telegram', enable: false, telegram_token: 'bot-token', mine: { kept: 1 } }],
    from_a_plugin: { kept: true },
  }
  server = await TestServer.start({ config })
  narrow = await TestServer.start({ env: { ASTRBOT_MAX_JSON_BYTES: '2000' } })
  configKey = await makeKey(['config'])
  adminKey = await makeKey(['config', 'config:edit_admin'])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await narrow[Symbol.asyncDispose]()
})

async function makeKey(scopes: string[], on = server): Promise<Record<string, string>> {
  return { 'x-api-key': (await on.call('createApiKey', { json: { scopes } })).data.api_key }
}

const read = async (headers = server.credentials.token) =>
  (await server.call('getSystemConfig', { as: 'nobody', headers })).data
/** A body that only a cast makes fit; the checker would refuse it as JSON. */
const asText = (json: object) => ({ body: JSON.stringify(json), type: 'application/json' })
const runner = { agent_runner: { runner_type: 'local' } }

const examples: RefusalOptions['examples'] = {
  getSystemConfigSchema: [{}],
  getSystemConfig: [{}],
  getSystemConfigRuntime: [{}],
  getConfigProfileSchema: [{}],
  listConfigProfiles: [{}],
  getConfigProfile: [{}],
  renameConfigProfile: [{ json: { name: 'x' } }],
  deleteConfigProfile: [{}],
  listConfigs: [{}],
  listConfigRoutes: [{}],
  replaceConfigRoutes: [{ json: { routing: { 'a:b': 'x' } } }],
  upsertConfigRoute: [{ params: { umo: 'a:b:c' }, json: { config_id: 'default' } }],
  deleteConfigRoute: [{}],
}
const saves = ['updateSystemConfig', 'updateConfigProfileContent', 'createConfigProfile'] as const

describe('refusals', () => itRefuses({ server: () => server, narrow: () => narrow, examples }))

describe.each(saves)('%s refuses', id => {
  const params = { config_id: 'default' }
  const json = id === 'createConfigProfile' ? { config: runner } : runner

  it('callers without the right', async () => {
    expect(await server.call(id, { as: 'nobody', params, json })).toMatchObject({
      status: 401,
      error: { code: 'missing_credentials' },
    })
    expect(await server.call(id, { as: 'weakKey', params, json })).toMatchObject({
      status: 403,
      error: { required_scope: 'config' },
    })
    const document = { ...runner, admins_id: ['intruder'] }
    const body = id === 'createConfigProfile' ? { config: document } : document
    const refused = await server.call(id, { as: 'nobody', headers: configKey, params, json: body })
    expect(refused).toMatchObject({ status: 403, error: { code: 'insufficient_scope' } })
    expect((await read()).config.admins_id).toEqual(['boss', '42'])
  })

  it('bodies that cannot be read', async () => {
    expect((await server.call(id, { params, body: '{"a"', type: 'application/json' })).error.code).toBe(
      'malformed_json',
    )
    expect((await server.call(id, { params, body: 'a=b', type: 'application/x-www-form-urlencoded' })).status).toBe(415)
    expect((await narrow.call(id, { params, json: { ...json, more: 'x'.repeat(2000) } })).status).toBe(413)
    for (const body of ['[]', '5', '"x"', 'null', '']) {
      const answer = await server.call(id, { params, body, type: 'application/json' })
      expect(answer, body).toMatchObject({ status: 422, error: { issues: [{ path: 'body' }] } })
    }
  })

  it('documents that hold what nobody should send', async () => {
    const wrap = (text: string) => (id === 'createConfigProfile' ? `{"config":${text}}` : text)
    const at = id === 'createConfigProfile' ? 'body.config' : 'body'
    for (const [text, path] of [
      ['{"agent_runner":{"runner_type":"local"},"__proto__":{"t2i":true}}', '.__proto__'],
      ['{"agent_runner":{"runner_type":"local"},"content_safety":{"constructor":{}}}', '.content_safety.constructor'],
      [
        '{"agent_runner":{"runner_type":"dify","config":{"variables":{"prototype":1}}}}',
        '.agent_runner.config.variables.prototype',
      ],
      ['{"agent_runner":{"runner_type":"local"},"t2i_word_threshold":1e400}', '.t2i_word_threshold'],
      ['{"agent_runner":{"runner_type":"local"},"timezone":"a\\u0000b"}', '.timezone'],
    ]) {
      const answer = await server.call(id, { params, body: wrap(text ?? ''), type: 'application/json' })
      expect(answer, text).toMatchObject({ status: 422, error: { issues: [{ path: at + path }] } })
    }
    const big = { ...runner, callback_api_base: 'x'.repeat(5_000_000) }
    const tooBig = await server.call(id, { params, json: id === 'createConfigProfile' ? { config: big } : big })
    expect(tooBig).toMatchObject({ status: 413, error: { code: 'payload_too_large' } })
    const nameless = await server.call(id, {
      params,
      json: id === 'createConfigProfile' ? { config: { agent_runner: 1 } } : {},
    })
    expect(nameless).toMatchObject({
      status: 400,
      error: { code: 'invalid_agent_runner' },
      message: 'agent_runner must be an object',
    })
    const unknown = { agent_runner: { runner_type: 'nope' } }
    const foreign = await server.call(id, {
      params,
      json: id === 'createConfigProfile' ? { config: unknown } : unknown,
    })
    expect(foreign).toMatchObject({ status: 400, message: 'Unsupported Agent Runner type: nope' })
  })
})

describe('the system configuration', () => {
  it('comes with its form, its texts and the clock', async () => {
    const { data, headers } = await server.call('getSystemConfig')
    expect(headers.get('etag')).toBe(`"${data.revision}"`)
    expect(data.config).toMatchObject({
      timezone: 'Asia/Shanghai',
      admins_id: ['boss', '42'],
      from_a_plugin: { kept: true },
    })
    expect(data.server_utc_offset_minutes).toBe(480)
    expect(Math.abs(Date.parse(data.server_utc_time ?? '') - Date.now())).toBeLessThan(60_000)
    expect(data.texts?.['system_group.system.timezone.description']).toBe('Time zone')
    const chinese = await server.call('getSystemConfigSchema', { headers: { 'accept-language': 'zh-CN' } })
    expect(chinese.data.texts?.['system_group.system.timezone.description']).toBe('时区')
    expect(chinese.data.metadata).toEqual(data.metadata)
  })

  it('comes with what forms of bots need', async () => {
    const { data } = await server.call('getSystemConfigRuntime')
    const { config_template: starters, items } = data.metadata.platform_group.metadata.platform
    expect(Object.values(starters).map(({ type }) => type)).toContain('telegram')
    expect(items['telegram_token']).toMatchObject({ type: 'string', secret: true })
    expect(data.texts?.['platform_group.platform.telegram_token.description']).toBe('Bot token')
  })

  it('is saved whole and read back, over a revision that fits', async () => {
    const { config, revision = '' } = await read()
    const changed = { ...config, wake_prefix: ['/', '！'], t2i_word_threshold: '321' }
    const rehearsed = await server.call('updateSystemConfig', { ...asText(changed), query: { dry_run: 'true' } })
    expect(rehearsed).toMatchObject({
      message: 'Nothing was saved',
      data: { changed: ['t2i_word_threshold', 'wake_prefix'], revision },
    })
    expect((await read()).revision).toBe(revision)
    const saved = await server.call('updateSystemConfig', {
      ...asText(changed),
      headers: { 'if-match': `"${revision}"` },
    })
    expect(saved).toMatchObject({
      status: 200,
      message: 'Saved',
      data: { changed: ['t2i_word_threshold', 'wake_prefix'], warnings: [] },
    })
    expect(saved.headers.get('etag')).toBe(`"${saved.data.revision}"`)
    const after = await read()
    expect(after).toMatchObject({
      revision: saved.data.revision,
      config: { wake_prefix: ['/', '！'], t2i_word_threshold: 321 },
    })
    const late = await server.call('updateSystemConfig', { json: config, headers: { 'if-match': `"${revision}"` } })
    expect(late).toMatchObject({ status: 412, error: { code: 'revision_conflict', revision: saved.data.revision } })
    await server.call('updateSystemConfig', { json: config })
    expect((await read()).revision).toBe(revision)
  })

  it('says what waits for a restart and what it did not take', async () => {
    const json = { ...runner, nonsense: 1, dashboard: { port: 6190 } }
    const { data } = await server.call('updateSystemConfig', { json, query: { dry_run: 'true' } })
    expect(data.warnings).toEqual([
      'Unknown key, not stored: nonsense',
      'Takes effect when the server is started again: dashboard.port',
    ])
    const chinese = { json, query: { dry_run: 'true' }, headers: { 'accept-language': 'zh' } }
    expect((await server.call('updateSystemConfig', chinese)).data.warnings?.[1]).toBe('重启服务后生效：dashboard.port')
  })

  it('keeps secrets from API keys, and takes what they send back', async () => {
    const before = await readFile(join(server.dataDir, 'cmd_config.json'), 'utf8')
    for (const id of ['getSystemConfig', 'getSystemConfigSchema', 'getSystemConfigRuntime'] as const) {
      const { text } = await server.call(id, { as: 'nobody', headers: adminKey })
      expect(text).not.toMatch(/jwt_secret|pbkdf2_password|recovery_code_hash|tavily-1|bot-token/)
    }
    const { config } = await read(configKey)
    const saved = await server.call('updateSystemConfig', { as: 'nobody', headers: configKey, json: config })
    expect(saved).toMatchObject({ status: 200, data: { warnings: [] } })
    const after = await readFile(join(server.dataDir, 'cmd_config.json'), 'utf8')
    expect(JSON.parse(after.slice(1))).toEqual({ ...JSON.parse(before.slice(1)), admins_id: ['boss', '42'] })
    expect((await read()).config.provider_settings?.websearch_tavily_key).toEqual(['tavily-1', 'tavily-2'])
    const promoted = await server.call('updateSystemConfig', {
      as: 'nobody',
      headers: adminKey,
      json: { ...runner, admins_id: ['new'] },
    })
    expect(promoted.data.changed).toContain('admins_id')
    await server.call('updateSystemConfig', { json: { ...runner, admins_id: ['boss', '42'] } })
  })

  it('is stored the way AstrBot stores it, with the ten versions before', async () => {
    for (let i = 0; i < 12; i++) await server.call('updateSystemConfig', { json: { ...runner, wake_prefix: [`${i}`] } })
    const text = await readFile(join(server.dataDir, 'cmd_config.json'), 'utf8')
    expect(text.startsWith('\uFEFF{\n  "config_version": 5,\n')).toBe(true)
    expect(await readdir(join(server.dataDir, 'config/history/cmd_config'))).toHaveLength(10)
    await server.call('updateSystemConfig', { json: { ...runner, wake_prefix: ['/'] } })
    const before = await read()
    await server.restart()
    expect((await read()).config).toEqual(before.config)
  })
})

describe('the second factor', () => {
  it.each(['updateSystemConfig', 'updateConfigProfileContent'] as const)(
    'stands before %s where it concerns itself',
    async id => {
      await using limited = await TestServer.start({
        env: { ASTRBOT_TEST_MODE: '' },
        // The login of the fixture is the first attempt.
        dashboard: { auth_rate_limit: { enable: true, average_interval: 500, max_burst: 2 } },
      })
      const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
      await limited.running.bot.config.update(({ dashboard }) => {
        dashboard.totp = { enable: true, secret, recovery_code_hash: 'h' }
      })
      const params = { config_id: 'default' }
      const save = (totp: object, headers = {}): Promise<Answer<OperationId>> =>
        limited.call(id, { params, json: { ...runner, dashboard: { totp } }, headers })
      expect((await save({ enable: true, secret: '', recovery_code_hash: '' })).status).toBe(200)
      expect(await save({ enable: false })).toMatchObject({
        status: 401,
        error: { code: 'totp_required', totp_required: true },
      })
      expect((await save({ enable: false }, { 'x-2fa-code': totpCode(secret) })).status).toBe(200)
      expect(limited.running.bot.config.get().dashboard.totp).toEqual({
        enable: false,
        secret: '',
        recovery_code_hash: '',
      })
      expect(await save({ enable: false }, { 'x-2fa-code': '000000' })).toMatchObject({
        status: 429,
        error: { code: 'rate_limited' },
      })
    },
  )
})

describe('profiles', () => {
  it('come, change and go', async () => {
    const schema = (await server.call('getConfigProfileSchema')).data
    const made = await server.call('createConfigProfile', {
      json: { name: 'Familie 家庭', config: { wake_prefix: ['#'] } },
    })
    const config_id = made.data.conf_id
    const path = `abconf_${config_id}.json`
    const params = { config_id }
    expect((await server.call('listConfigProfiles')).data.info_list).toEqual([
      { id: config_id, name: 'Familie 家庭', path },
      { id: 'default', name: 'default', path: 'cmd_config.json' },
    ])
    expect((await server.call('listConfigs')).data.configs).toMatchObject([
      { id: config_id, is_default: false },
      { is_default: true },
    ])
    expect((await server.call('listChatConfigs', { as: 'key' })).data.info_list).toHaveLength(2)
    const got = await server.call('getConfigProfile', { params })
    expect(got.data.config).toEqual({ ...schema.config, wake_prefix: ['#'] })
    const document = { ...got.data.config, kb_final_top_k: '9' }
    const saved = await server.call('updateConfigProfileContent', {
      params,
      ...asText(document),
      headers: { 'if-match': got.headers.get('etag') ?? '' },
    })
    expect(saved.data.changed).toEqual(['kb_final_top_k'])
    const late = await server.call('updateConfigProfileContent', {
      params,
      ...asText(document),
      headers: { 'if-match': 'x' },
    })
    expect(late.status).toBe(412)
    expect((await server.call('renameConfigProfile', { params, json: { name: '✎' } })).status).toBe(200)
    await server.restart()
    expect((await server.call('getConfigProfile', { params })).data.config.kb_final_top_k).toBe(9)
    expect((await server.call('listConfigProfiles')).data.info_list[0]?.name).toBe('✎')
    await server.call('upsertConfigRoute', { params: { umo: 'tg::' }, json: { config_id } })
    expect((await server.call('deleteConfigProfile', { params })).status).toBe(200)
    expect((await server.call('listConfigRoutes')).data.routing).toEqual({})
    const gone = { status: 404, error: { code: 'config_profile_not_found' } }
    expect(await server.call('getConfigProfile', { params })).toMatchObject(gone)
    expect(await server.call('updateConfigProfileContent', { params, json: runner })).toMatchObject(gone)
    expect(await server.call('renameConfigProfile', { params, json: { name: 'x' } })).toMatchObject(gone)
    expect(await server.call('deleteConfigProfile', { params })).toMatchObject(gone)
  })

  it('leave the default one in its place', async () => {
    const params = { config_id: 'default' }
    const kept = { status: 400, error: { code: 'default_profile_protected' } }
    expect(await server.call('renameConfigProfile', { params, json: { name: 'x' } })).toMatchObject(kept)
    expect(await server.call('deleteConfigProfile', { params })).toMatchObject(kept)
    expect((await server.call('getConfigProfile', { params })).data.revision).toBe((await read()).revision)
  })

  it.each(['../cmd_config', '..', '%2e%2e', '__proto__', 'constructor', 'abconf_x.json', 'ü'])(
    'there is none called %s',
    async config_id => {
      const params = { config_id }
      for (const id of ['getConfigProfile', 'deleteConfigProfile'] as const)
        expect((await server.call(id, { params })).status, id).toBe(404)
      expect((await server.call('updateConfigProfileContent', { params, json: runner })).status).toBe(404)
    },
  )
})

describe('routes', () => {
  it('keep their order, and take slashes', async () => {
    const routing = { 'b:GroupMessage:*': 'x', 'a:FriendMessage:42': 'y', 'c::': 'default' }
    expect((await server.call('replaceConfigRoutes', { json: { routing } })).status).toBe(200)
    await server.call('upsertConfigRoute', { params: { umo: 'd:FriendMessage:a/b%2F:c!' }, json: { config_id: 'z' } })
    await server.call('deleteConfigRoute', { params: { umo: 'c::' } })
    expect((await server.call('deleteConfigRoute', { params: { umo: 'c::' } })).status).toBe(200)
    const table = (await server.call('listConfigRoutes')).data.routing
    expect(Object.entries(table)).toEqual([
      ['d:FriendMessage:a/b%2F:c!', 'z'],
      ['b:GroupMessage:*', 'x'],
      ['a:FriendMessage:42', 'y'],
    ])
    const wrong = await server.call('replaceConfigRoutes', { json: { routing: { 'a:b': 'x' } } })
    expect(wrong).toMatchObject({ status: 400, error: { code: 'invalid_route_pattern' } })
    const malformed = await server.call('upsertConfigRoute', {
      params: { umo: 'only-a-bot' },
      json: { config_id: 'x' },
    })
    expect(malformed.error.code).toBe('invalid_route_pattern')
    expect((await server.call('listConfigRoutes')).data.routing).toEqual(table)
    await server.call('replaceConfigRoutes', { json: { routing: {} } })
  })

  it('are made by keys that choose a profile for a chat, and go with it', async () => {
    const make = async (name: string) =>
      (await server.call('createConfigProfile', { json: { name, config: { wake_prefix: ['##'] } } })).data.conf_id
    const id = await make('chosen')
    const chat = async (more: object) => {
      const stream = await server.stream('sendChatMessage', {
        as: 'key',
        json: { username: 'alice', session_id: 's1', message: '##hello', ...more },
      })
      return textOf(await stream.rest())
    }
    const plain = await chat({})
    const routed = await chat({ config_name: 'chosen' })
    expect(plain.replace('##', '')).toBe(routed)
    expect((await server.call('listConfigRoutes')).data.routing).toEqual({
      'webchat:FriendMessage:webchat!alice!s1': id,
    })
    await make('chosen')
    const refused = (json: object) =>
      server.call('sendChatMessage', { as: 'key', json: { username: 'alice', message: 'x', ...json } })
    expect(await refused({ config_name: 'chosen' })).toMatchObject({
      status: 409,
      error: { code: 'config_name_ambiguous' },
    })
    expect(await refused({ config_name: 'nobody' })).toMatchObject({
      status: 404,
      error: { code: 'config_name_not_found' },
    })
    expect(await refused({ config_id: 'nobody' })).toMatchObject({
      status: 404,
      error: { code: 'config_id_not_found' },
    })
    expect(await chat({ config_id: 'default' })).toBe(plain)
    expect((await server.call('listConfigRoutes')).data.routing).toEqual({})
    await chat({ config_id: id })
    await server.call('deleteChatSession', { as: 'key', params: { session_id: 's1' }, query: { username: 'alice' } })
    expect((await server.call('listConfigRoutes')).data.routing).toEqual({})
  })
})

itSawEveryAnswer({
  ...examples,
  ...Object.fromEntries(saves.map(id => [id, [{}]])),
})
