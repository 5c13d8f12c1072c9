import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configFixture, key, mapProfiles, openGate, user } from '../configuration.testing.ts'
import { defaultConfig } from '../document.ts'

const runner = { runner_type: 'local' }

describe('named profiles', () => {
  test('are made complete, listed in order with the default last, and found again', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const a = await config.create(
      { name: 'Ä 家', config: { wake_prefix: ['#'], platform_settings: { reply_prefix: 'x' } } },
      user,
    )
    const b = await config.create({}, key)
    const list = config.profiles.list()
    expect(list).toMatchObject([
      { id: a, name: 'Ä 家', path: `abconf_${a}.json` },
      { id: b, path: `abconf_${b}.json` },
      { id: 'default', name: 'default', path: 'cmd_config.json' },
    ])
    expect(list[1]?.name).toMatch(/^[0-9a-f]{8}$/)
    const stored = await fixture.read(`config/abconf_${a}.json`)
    expect(Object.keys(stored)).toEqual(Object.keys(defaultConfig))
    expect(stored).toMatchObject({
      wake_prefix: ['#'],
      platform_settings: { reply_prefix: 'x', forward_threshold: 1500 },
    })
    const again = await fixture.open()
    expect(again.profiles.list()).toEqual(list)
    expect(again.profiles.get(a).get()).toEqual(stored)
    expect(again.profiles.get(b).get()).toEqual(defaultConfig)
  })

  test.each([
    [{ name: 5 }, 'validation_failed'],
    [{ name: 'x'.repeat(256) }, 'validation_failed'],
    [{ config: 'text' }, 'validation_failed'],
    [{ config: { t2i: 1 } }, 'validation_failed'],
    [{ config: { agent_runner: 'x' } }, 'invalid_agent_runner'],
    [{ config: { agent_runner: { runner_type: 'x' } } }, 'unsupported_agent_runner'],
    [[], 'validation_failed'],
  ])('are not made from %j', async (body, code) => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    await expect(config.create(body, user)).rejects.toMatchObject({ code })
    expect(config.profiles.list()).toHaveLength(1)
    expect(await readdir(fixture.dataDir)).not.toContain('config')
  })

  test('are renamed and deleted, with the routes to them; their last version stays', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    const id = await config.create({ name: 'old' }, user)
    await config.profiles.rename(id, undefined)
    await config.profiles.rename(id, '')
    expect(config.profiles.list()[0]?.name).toBe('')
    await config.routes.replace({ 'a::': id, 'b::': 'other' })
    expect(config.profileFor('a:GroupMessage:1').path).toContain(id)
    expect(config.profileIdFor('b:GroupMessage:1')).toBe('default')
    await config.delete(id)
    expect(config.routes.table()).toEqual({ 'b::': 'other' })
    expect(config.profileFor('a:GroupMessage:1')).toBe(config.main)
    expect(await readdir(join(fixture.dataDir, 'config'))).toEqual(['history'])
    expect(await readdir(join(fixture.dataDir, 'config/history', `abconf_${id}`))).toHaveLength(1)
    for (const unknown of [id, '../cmd_config', '__proto__', 'constructor', 'a/b', ''])
      for (const act of [() => config.delete(unknown), () => config.profiles.rename(unknown, 'x')])
        await expect(act()).rejects.toMatchObject({ code: 'config_profile_not_found' })
    for (const act of [() => config.delete('default'), () => config.profiles.rename('default', 'x')])
      await expect(act()).rejects.toMatchObject({ code: 'default_profile_protected' })
  })

  test('take secrets over from the profile they were copied from', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', { provider_settings: { websearch_tavily_key: ['t1'] } })
    const config = await fixture.open()
    const { config: seen } = config.show('default', key)
    const id = await config.create({ config: seen }, key)
    expect(config.profiles.get(id).get().provider_settings.websearch_tavily_key).toEqual(['t1'])
  })

  test('of a foreign table never lead out of the folder', async () => {
    await using fixture = await configFixture()
    await fixture.write('outside.json', { timezone: 'X' })
    await mapProfiles(fixture.preferences, {
      evil: { path: '../outside.json', name: 'e' },
      odd: 'x',
      gone: { path: 'abconf_gone.json', name: 'g' },
    })
    const config = await fixture.open()
    expect(config.profiles.list().map(({ id }) => id)).toEqual(['evil', 'odd', 'gone', 'default'])
    for (const id of ['evil', 'odd', 'gone']) expect(() => config.show(id, user)).toThrow('no configuration profile')
    await config.delete('gone')
    await config.delete('evil')
    expect(await fixture.read('outside.json')).toEqual({ timezone: 'X' })
  })
})

describe('a data folder of an older program', () => {
  test('is brought up to date, runners before their providers go, with copies of the originals', async () => {
    await using fixture = await configFixture()
    const dify = { id: 'd', type: 'dify', provider_type: 'agent_runner', dify_api_key: 'k' }
    const main = { config_version: 2, provider: [dify, { id: 'p' }], provider_settings: { max_agent_step: 7 }, mine: 1 }
    const named = {
      config_version: 2,
      provider_settings: { agent_runner_type: 'dify', dify_agent_runner_provider_id: 'd' },
    }
    await fixture.write('cmd_config.json', main)
    await fixture.write('config/abconf_a.json', named)
    await mapProfiles(fixture.preferences, { a: { path: 'abconf_a.json', name: 'a', umop: [] } })
    const config = await fixture.open()
    expect(config.get()).toMatchObject({
      config_version: 5,
      mine: 1,
      provider: [{ id: 'p' }],
      agent_runner: { config: { misc: { max_steps: 7 } } },
    })
    expect(config.profiles.get('a').get().agent_runner).toMatchObject({
      runner_type: 'dify',
      config: { dify_api_key: 'k' },
    })
    expect(await fixture.read('cmd_config.json.version-2.bak')).toEqual(main)
    expect(await fixture.read('config/abconf_a.json.version-2.bak')).toEqual(named)
    expect((await fixture.read('cmd_config.json')).config_version).toBe(5)
    const files = await readdir(fixture.dataDir)
    await fixture.open()
    expect(await readdir(fixture.dataDir)).toEqual(files)
  })

  test('of this version is not touched, also without a version or with an unknown runner', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', '{"timezone":"X","agent_runner":{"runner_type":"foo"}}')
    const config = await fixture.open()
    expect(config.get().agent_runner.runner_type).toBe('local')
    expect(fixture.logged).toEqual(['warn: unknown agent runner; the built-in agent takes its place'])
    expect(await fixture.read('cmd_config.json')).toEqual({ timezone: 'X', agent_runner: { runner_type: 'foo' } })
  })
})

describe('a broken file', () => {
  test.each(['', '{"a":', '[1]', '\uFEFF'])('%j gives way to the version before, and is kept', async text => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    for (const timezone of ['A', 'B']) await config.update(draft => Object.assign(draft, { timezone }))
    await fixture.write('cmd_config.json', text)
    const again = await fixture.open()
    expect(again.get().timezone).toBe('A')
    expect(fixture.logged[0]).toContain('last good version')
    const aside = (await readdir(fixture.dataDir)).filter(name => name.includes('.broken-'))
    expect(aside).toEqual(['cmd_config.json.broken-2026-07-06T04-00-00.000Z'])
    expect((await fixture.open()).get().timezone).toBe('A')
  })

  test('goes back to the history when the copy beside it is broken too', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    for (const timezone of ['A', 'B', 'C']) await config.update(draft => Object.assign(draft, { timezone }))
    await fixture.write('cmd_config.json', '{')
    await fixture.write('cmd_config.json.bak', '{')
    expect((await fixture.open()).get().timezone).toBe('B')
  })

  test('without an earlier version means the defaults; others are not concerned', async () => {
    await using fixture = await configFixture()
    await fixture.write('cmd_config.json', '{')
    await fixture.write('config/abconf_a.json', '{')
    await fixture.write('config/abconf_b.json', '{"timezone":"B"}')
    await mapProfiles(fixture.preferences, {
      a: { path: 'abconf_a.json', name: 'a' },
      b: { path: 'abconf_b.json', name: 'b' },
    })
    const config = await fixture.open()
    expect(config.get()).toEqual(defaultConfig)
    expect(config.profiles.find('a')).toBeUndefined()
    expect(config.profiles.get('b').get().timezone).toBe('B')
    expect(config.profiles.list()).toHaveLength(3)
    expect((await readdir(join(fixture.dataDir, 'config'))).sort()).toEqual([
      'abconf_a.json.broken-2026-07-06T04-00-00.000Z',
      'abconf_b.json',
    ])
  })
})

describe('the history of a file', () => {
  test('holds the ten versions before the current one', async () => {
    await using fixture = await configFixture()
    const config = await fixture.open()
    for (let i = 0; i < 14; i++) {
      if (i % 2 === 0) fixture.clock.advance(1000)
      const wake_prefix = [`${i}`]
      await config.save('default', { body: { agent_runner: runner, wake_prefix }, dryRun: false, totp: openGate }, user)
    }
    const folder = 'config/history/cmd_config'
    const names = (await readdir(join(fixture.dataDir, folder))).sort()
    expect(names).toHaveLength(10)
    const prefixes = await Promise.all(names.map(async name => (await fixture.read(`${folder}/${name}`)).wake_prefix))
    expect(prefixes).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(i => [`${i}`]))
    expect(names.at(-1)).toBe('2026-07-06T04-00-07.000Z_0001.json')
  })
})
