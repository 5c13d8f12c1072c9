import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { configFixture, key, openGate, user } from './configuration.testing.ts'
import type { Configuration, SaveRequest } from './configuration.ts'

const runner = { runner_type: 'local' }

function request(body: unknown, more: Partial<SaveRequest> = {}): SaveRequest {
  return { body, dryRun: false, totp: openGate, ...more }
}

function failure(saved: Promise<unknown>): Promise<{ code: string; issues: { path: string; message: string }[] }> {
  return saved.then(
    () => ({ code: 'saved', issues: [] }),
    error => ({ code: error.code, issues: error.data.issues ?? [], ...error.data, params: error.params }),
  )
}

const save = (config: Configuration, body: unknown, more?: Partial<SaveRequest>) =>
  config.save('default', request(body, more), user)

describe('a save', () => {
  test('replaces the keys it names and keeps the rest; absent keys of a group take their defaults', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', {
      timezone: 'Europe/Berlin',
      platform_settings: { reply_prefix: 'a', forward_threshold: 7 },
    })
    const config = await fixture.open()
    const saved = await save(config, { agent_runner: runner, platform_settings: { reply_prefix: 'b' }, t2i: null })
    expect(saved.changed).toEqual(['platform_settings.reply_prefix', 'platform_settings.forward_threshold'])
    expect(config.get()).toMatchObject({
      timezone: 'Europe/Berlin',
      platform_settings: { reply_prefix: 'b', forward_threshold: 1500 },
      t2i: false,
    })
    expect(await fixture.read('cmd_config.json')).toEqual(config.get())
  })

  test('merges the dashboard, whose empty secrets mean unchanged', async () => {
    await using fixture = await configFixture()
    const dashboard = {
      username: 'me',
      pbkdf2_password: 'h',
      jwt_secret: 'j',
      password_storage_upgraded: true,
      token_version: 3,
    }
    await fixture.write('cmd_config.json', { dashboard })
    const config = await fixture.open()
    await save(config, { agent_runner: runner })
    const sent = {
      jwt_secret: '',
      pbkdf2_password: '',
      port: '7000',
      ssl: { cert_file: 'c' },
      token_version: 1,
      password_storage_upgraded: false,
    }
    const saved = await save(config, { agent_runner: runner, dashboard: sent })
    expect(config.get().dashboard).toMatchObject({
      ...dashboard,
      port: 7000,
      host: '0.0.0.0',
      ssl: { enable: false, cert_file: 'c' },
    })
    expect(saved.warnings).toEqual([{ code: 'restart', paths: ['dashboard.port', 'dashboard.ssl.cert_file'] }])
  })

  test('leaves bots and providers to their own operations', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', { platform: [{ id: 'tg' }], provider: [{ id: 'p' }] })
    const config = await fixture.open()
    await save(config, { agent_runner: runner, platform: 'nonsense', provider: [], provider_sources: [] })
    expect(config.get()).toMatchObject({ platform: [{ id: 'tg' }], provider: [{ id: 'p' }] })
  })

  test('ignores the version, drops what nobody knows and says so', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', { mine: 1, platform_settings: { own: 1 } })
    const config = await fixture.open()
    const body = { agent_runner: runner, config_version: 99, mine: 2, yours: 3, platform_settings: { own: 2, typo: 1 } }
    const { warnings } = await save(config, body)
    expect(warnings).toEqual([{ code: 'unknown_key', paths: ['yours', 'platform_settings.typo'] }])
    expect(config.get()).toMatchObject({ config_version: 5, mine: 2, platform_settings: { own: 2 } })
    expect(config.get()).not.toHaveProperty('yours')
  })

  test('of a version 2 document is migrated', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    await save(config, { config_version: 2, provider_settings: { max_agent_step: 9, wake_prefix: 'x' } })
    expect(config.get().agent_runner.config).toMatchObject({ misc: { max_steps: 9 } })
    expect(config.get().provider_settings).not.toHaveProperty('max_agent_step')
  })

  test.each([
    [{}, 'invalid_agent_runner'],
    [{ wake_prefix: ['!'] }, 'invalid_agent_runner'],
    [{ agent_runner: null }, 'invalid_agent_runner'],
    [{ agent_runner: [] }, 'invalid_agent_runner'],
    [{ agent_runner: {} }, 'unsupported_agent_runner'],
    [{ agent_runner: { runner_type: 'LOCAL' } }, 'unsupported_agent_runner'],
    [{ config_version: 2, wake_prefix: ['!'] }, 'invalid_agent_runner'],
    [[], 'validation_failed'],
    ['text', 'validation_failed'],
    [undefined, 'validation_failed'],
    [{ agent_runner: runner, wake_prefix: 'x' }, 'validation_failed'],
    [JSON.parse('{"agent_runner":{"runner_type":"local"},"__proto__":{"t2i":true}}'), 'validation_failed'],
    [{ agent_runner: runner, platform_settings: { constructor: { prototype: 1 } } }, 'validation_failed'],
    [JSON.parse('{"agent_runner":{"runner_type":"dify","config":{"variables":{"a":1e999}}}}'), 'validation_failed'],
    [{ agent_runner: runner, callback_api_base: 'x'.repeat(3_000_000) }, 'payload_too_large'],
  ])('of %j is refused with %s and changes nothing', async (body, code) => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const before = config.get()
    expect((await failure(save(config, body))).code).toBe(code)
    expect(config.get()).toBe(before)
    await expect(fixture.read('cmd_config.json')).rejects.toThrow('ENOENT')
  })

  test('names every problem by its path in the request', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const { issues } = await failure(
      save(config, { agent_runner: { ...runner, config: { misc: { max_steps: 0 } } }, t2i: 1 }),
    )
    expect(issues).toEqual([
      { path: 'body.agent_runner.config.misc.max_steps', message: 'must be at least 1' },
      { path: 'body.t2i', message: 'expected true or false, got a number' },
    ])
  })

  test('fills the settings of another runner from its defaults', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    await save(config, {
      agent_runner: { runner_type: 'dify', config: { dify_api_key: 'k', timeout: '5', model: {} } },
    })
    expect(config.get().agent_runner.config).toMatchObject({ dify_api_key: 'k', timeout: 5, dify_api_type: 'chat' })
    expect(config.get().agent_runner.config).not.toHaveProperty('model')
    await save(config, { agent_runner: runner })
    expect(config.get().agent_runner.config).toMatchObject({ misc: { max_steps: 128 } })
  })

  test('takes rights away that others need', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const permissions = {
      member: { allow_execution: true, allow_network: true, filesystem_scope: 'none' },
      admin: { allow_execution: false },
    }
    await save(config, { agent_runner: runner, provider_settings: { computer_use_local_permissions: permissions } })
    expect(config.get().provider_settings.computer_use_local_permissions).toEqual({
      member: { allow_execution: false, allow_network: false, filesystem_scope: 'none' },
      admin: { allow_execution: false, allow_network: false, filesystem_scope: 'host' },
    })
  })

  test('over a document that has moved on is refused with the current revision', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const { revision } = config.show('default', user)
    const first = await save(config, { agent_runner: runner, t2i: true }, { ifMatch: `"${revision}"` })
    expect(first.revision).not.toBe(revision)
    const refused = await failure(save(config, { agent_runner: runner, t2i: false }, { ifMatch: revision }))
    expect(refused).toMatchObject({ code: 'revision_conflict', revision: first.revision })
    for (const ifMatch of ['*', first.revision, `"x", W/"${first.revision}"`])
      await save(config, { agent_runner: runner }, { ifMatch })
    await save(config, { agent_runner: runner, t2i: false })
    expect(config.show('default', user).revision).toBe(revision)
  })

  test('of two at once over the same revision succeeds for one', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const ifMatch = config.main.revision
    const results = await Promise.all(
      ['a', 'b', 'c'].map(prefix =>
        failure(save(config, { agent_runner: runner, wake_prefix: [prefix] }, { ifMatch })),
      ),
    )
    expect(results.map(({ code }) => code).sort()).toEqual(['revision_conflict', 'revision_conflict', 'saved'])
  })

  test('as a rehearsal answers what it would do and does nothing', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const before = config.get()
    const saved = await save(config, { agent_runner: runner, t2i: true, x: 1 }, { dryRun: true })
    expect(saved).toEqual({
      changed: ['t2i'],
      warnings: [{ code: 'unknown_key', paths: ['x'] }],
      revision: config.main.revision,
    })
    expect(config.get()).toBe(before)
    expect((await failure(save(config, { agent_runner: runner, t2i: 1 }, { dryRun: true }))).code).toBe(
      'validation_failed',
    )
  })

  test('tells listeners, once it is stored', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const id = await config.create({ name: 'p' }, user)
    const seen: unknown[] = []
    config.onChange((profile, before, after) => seen.push([profile, before.t2i, after.t2i]))
    await save(config, { agent_runner: runner, t2i: true })
    await config.save(id, request({ agent_runner: runner, t2i: true }), user)
    await save(config, { agent_runner: runner, t2i: true })
    await config.update(draft => Object.assign(draft, { t2i: false }))
    expect(seen).toEqual([
      ['default', false, true],
      [id, false, true],
      ['default', true, false],
    ])
  })
})

describe('an API key', () => {
  const document = {
    admins_id: ['boss', 42],
    dashboard: { jwt_secret: 'j', pbkdf2_password: 'h', totp: { enable: false, secret: 's', recovery_code_hash: 'r' } },
    provider_settings: { websearch_tavily_key: ['t1', 't2'] },
  }

  test('reads, changes and sends back a document without seeing a secret or losing one', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', document)
    const config = await fixture.open()
    const { config: seen } = config.show('default', key)
    expect(JSON.stringify(seen)).not.toMatch(/"(t1|t2|j|h|s|r)"/)
    await config.save('default', request({ ...seen, t2i: true }), key)
    expect(config.get()).toMatchObject({
      ...document,
      admins_id: ['boss', '42'],
      t2i: true,
      dashboard: { ...document.dashboard, totp: { secret: '' } },
    })
  })

  test('cannot write the secrets of the dashboard, nor make masks up', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', document)
    const config = await fixture.open()
    await config.save(
      'default',
      request({ agent_runner: runner, dashboard: { jwt_secret: 'mine', pbkdf2_password: 'mine' } }),
      key,
    )
    expect(config.get().dashboard).toMatchObject({ jwt_secret: 'j', pbkdf2_password: 'h' })
    const forged = { agent_runner: runner, provider_settings: { websearch_tavily_key: ['***redacted:0123456789***'] } }
    expect(await failure(config.save('default', request(forged), key))).toMatchObject({
      code: 'validation_failed',
      issues: [{ path: 'body.provider_settings.websearch_tavily_key' }],
    })
  })

  test('copies a profile with its secrets, and sends none of them to the address of another profile', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const dify = (more: object) => ({ agent_runner: { runner_type: 'dify', config: more } })
    const ours = { dify_api_key: 'secret', dify_api_base: 'https://ours.example/v1' }
    const far = { dify_api_key: 'mine', dify_api_base: 'https://far.example/v1' }
    const from = await config.create({ config: dify(ours) }, user)
    await config.create({ config: dify(far) }, key)
    const { agent_runner } = config.show(from, key).config
    const copy = await config.create({ config: { agent_runner } }, key)
    expect(config.profiles.get(copy).get().agent_runner?.config).toMatchObject(ours)
    const masked = { ...agent_runner?.config, dify_api_base: far.dify_api_base }
    expect(await failure(config.create({ config: dify(masked) }, key))).toMatchObject({
      code: 'validation_failed',
      issues: [{ path: expect.stringMatching(/dify_api_(key|base)$/) }],
    })
  })

  test('changes administrators only with the scope for it', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', document)
    const config = await fixture.open()
    const body = { agent_runner: runner, admins_id: ['intruder'] }
    expect((await failure(config.save('default', request(body), key))).code).toBe('insufficient_scope')
    expect((await failure(config.create({ config: body }, key))).code).toBe('insufficient_scope')
    await config.save('default', request({ agent_runner: runner, admins_id: ['boss', '42'] }), key)
    await config.create({ config: { admins_id: ['astrbot'] } }, key)
    await config.save('default', request(body), { ...key, mayEditAdmins: true })
    expect(config.get().admins_id).toEqual(['intruder'])
  })
})

describe('the second factor', () => {
  const totp = { enable: true, secret: 's', recovery_code_hash: 'r' }

  test('stands before a change of itself, and is settled after the write', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', { dashboard: { totp } })
    const config = await fixture.open()
    const steps: string[] = []
    const gate = (passes: boolean) => ({
      hasCode: passes,
      approve(next: { enable: boolean }) {
        steps.push(`approve ${next.enable}`)
        if (!passes) throw Object.assign(new Error(), { code: 'totp_required', data: {} })
        return true
      },
      settle: async (changed: boolean) =>
        void steps.push(`settle ${changed}, stored ${config.get().dashboard.totp.enable}`),
    })
    const off = { agent_runner: runner, dashboard: { totp: { enable: false } } }
    expect((await failure(save(config, off, { totp: gate(false) }))).code).toBe('totp_required')
    expect((await failure(save(config, off, { totp: gate(false), dryRun: true }))).code).toBe('totp_required')
    expect((await failure(save(config, { ...off, t2i: 1 }, { totp: gate(true) }))).code).toBe('validation_failed')
    expect(config.get().dashboard.totp).toEqual(totp)
    await save(config, off, { totp: gate(true), dryRun: true })
    await save(config, off, { totp: gate(true) })
    expect(config.get().dashboard.totp).toEqual({ enable: false, secret: '', recovery_code_hash: '' })
    expect(steps).toEqual(['approve false', 'approve false', 'settle true, stored false'])
  })

  test('that is on without a secret is worth a warning', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const { warnings } = await save(config, { agent_runner: runner, dashboard: { totp: { enable: true } } })
    expect(warnings).toEqual([{ code: 'totp_incomplete' }])
  })
})

test('a sandbox that cannot work is a warning', async () => {
  const asked: string[] = []
  await using fixture = await configFixture(async url => {
    asked.push(url)
    if (asked.length > 1) throw new Error('refused')
    return { ok: true, body: null }
  })
  const config = await fixture.open()
  const body = (sandbox: JsonObject) => ({
    agent_runner: runner,
    provider_settings: { computer_use_runtime: 'sandbox', sandbox },
  })
  const codes = async (sandbox: JsonObject, caller = user) =>
    (await config.save('default', request(body(sandbox)), caller)).warnings.map(({ code }) => code)
  const complete = { shipyard_neo_endpoint: 'http://box:8114/', shipyard_neo_access_token: 't' }
  expect(await codes({})).toEqual(['sandbox_no_endpoint'])
  expect(await codes({ ...complete, shipyard_neo_access_token: '' })).toEqual(['sandbox_no_token'])
  expect(await codes(complete)).toEqual([])
  expect(await codes(complete)).toEqual(['sandbox_unreachable'])
  expect(await codes(complete, key)).toEqual([])
  expect(asked).toEqual(['http://box:8114/health', 'http://box:8114/health'])
})

describe('a choice of profile', () => {
  test('goes by id, else by a name that only one has', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const id = await config.create({ name: 'twin' }, user)
    expect(config.choose(` ${id} `, 'whatever')).toBe(id)
    expect(config.choose(undefined, ' twin ')).toBe(id)
    expect(config.choose('', '')).toBeUndefined()
    expect(config.choose(null, 'default')).toBe('default')
    expect(() => config.choose('nope', 'twin')).toThrow('config_id not found: nope')
    expect(() => config.choose(null, 'nope')).toThrow('config_name not found: nope')
    await config.create({ name: 'twin' }, user)
    expect(() => config.choose(null, 'twin')).toThrow('ambiguous')
  })
})
