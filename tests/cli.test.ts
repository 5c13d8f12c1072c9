import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigFile } from '@astrbot/core'
import { type ModelServer, startModelServer } from '@astrbot/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BuiltCommand, type CommandOptions, type CommandResult } from './support/command.ts'
import { writeConfig } from './support/server.ts'
import { ServerProcess } from './support/server-process.ts'

let dataDir: string
let command: BuiltCommand
const run = (args: string[], options?: CommandOptions): Promise<CommandResult> => command.run(dataDir, args, options)
const file = () => join(dataDir, 'cmd_config.json')
const stored = async () => JSON.parse((await readFile(file(), 'utf8')).slice(1))

beforeAll(async () => {
  command = await BuiltCommand.build()
})
afterAll(() => command[Symbol.asyncDispose]())
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'astrbot-cli-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true, maxRetries: 3 }))

describe('astrbot config', () => {
  it('sets settings by their type and reads them back', async () => {
    for (const [path, value] of [
      ['admins_id', '["ada","bob"]'],
      ['admins_id[1]', 'eve'],
      ['platform_settings.rate_limit.count', '7'],
      ['timezone', 'Europe/Berlin'],
    ]) {
      expect(await run(['config', 'set', path ?? '', value ?? '']), path).toMatchObject({ code: 0, error: '' })
    }
    expect(await stored()).toMatchObject({
      timezone: 'Europe/Berlin',
      admins_id: ['ada', 'eve'],
      platform_settings: { rate_limit: { count: 7 } },
    })
    const [plain, json, list] = await Promise.all([
      run(['config', 'get', 'timezone']),
      run(['config', 'get', 'timezone', '--json']),
      run(['config', 'get', 'admins_id']),
    ])
    expect([plain.out, json.out, JSON.parse(list.out)]).toEqual(['Europe/Berlin', '"Europe/Berlin"', ['ada', 'eve']])
  })

  it('refuses what does not fit, with the place and the reason, and changes nothing', async () => {
    await writeConfig(dataDir)
    const before = await readFile(file(), 'utf8')
    const cases: [string[], number, RegExp][] = [
      [
        ['config', 'set', 'platform_settings.rate_limit.count', 'many'],
        1,
        /rate_limit\.count: expected a whole number/,
      ],
      [['config', 'set', 'provider_settings.wake_prefx', 'x'], 1, /Did you mean provider_settings\.wake_prefix/],
      [['config', 'set', 'provider', '[]'], 1, /astrbot provider/],
      [['config', 'set', '__proto__.x', '1'], 1, /There is no setting/],
      [['config', 'set', 'timezone', 'UTC', '--profile', 'none'], 1, /no configuration profile/],
      [['config', 'set', 'timezone'], 2, /the value is missing[\s\S]*Usage/],
      [['config', 'get', 'a..b'], 2, /is no path/],
      [['config', 'get', '--wrong'], 2, /--wrong/],
      [['confg', 'get'], 2, /no command "confg get"/],
    ]
    await Promise.all(
      cases.map(async ([args, code, error]) => {
        const result = await run(args)
        expect(result.error, args.join(' ')).toMatch(error)
        expect(result, args.join(' ')).toMatchObject({ code, out: '' })
      }),
    )
    expect(await readFile(file(), 'utf8')).toBe(before)
    const elsewhere = await command.run(join(dataDir, 'nowhere'), ['config', 'get'])
    expect(elsewhere).toMatchObject({ code: 1, error: expect.stringContaining('There is no data folder') })
  })

  it('masks secrets unless told otherwise, and takes one from standard input', async () => {
    await run(['config', 'set', 'agent_runner.runner_type', 'dify'])
    const set = await run(['config', 'set', 'agent_runner.config.dify_api_key', '-'], { input: 'app-secret\n' })
    expect(set).toMatchObject({ code: 0, out: 'changed: agent_runner.config.dify_api_key' })
    const [all, one, open, hidden] = await Promise.all([
      run(['config', 'get']),
      run(['config', 'get', 'agent_runner.config.dify_api_key']),
      run(['config', 'get', 'agent_runner.config.dify_api_key', '--secrets']),
      run(['config', 'get', 'dashboard.jwt_secret']),
    ])
    expect(all.out).not.toContain('app-secret')
    expect(one.out).toMatch(/^\*\*\*redacted:/)
    expect(open.out).toBe('app-secret')
    expect(hidden).toMatchObject({ code: 1, error: expect.stringContaining('--secrets') })
  })

  it('validates files without touching them', async () => {
    const broken = { timezone: 7, wake_prefix: 'no list', pet: 'cat', agent_runner: { runner_type: 'elsewhere' } }
    await writeFile(file(), `\uFEFF${JSON.stringify({ timezone: 'UTC' })}`)
    await mkdir(join(dataDir, 'config'))
    await writeFile(join(dataDir, 'config', 'abconf_1.json'), JSON.stringify(broken))
    await writeFile(join(dataDir, 'torn.json'), '{"timezone": "UT')
    const before = await readFile(join(dataDir, 'config', 'abconf_1.json'), 'utf8')
    const [all, one, torn, good] = await Promise.all([
      run(['config', 'validate', '--json']),
      run(['config', 'validate', '--profile', '1']),
      run(['config', 'validate', join(dataDir, 'torn.json')]),
      run(['config', 'validate', file()]),
    ])
    const { valid, files } = JSON.parse(all.out)
    expect([all.code, valid, files[0].valid, files[1].unknown]).toEqual([1, false, true, ['pet']])
    expect(files[1].problems.map(({ path }: { path: string }) => path)).toEqual([
      'timezone',
      'wake_prefix',
      'agent_runner.runner_type',
    ])
    expect(one).toMatchObject({ code: 1, out: expect.stringContaining('problem  timezone: expected text') })
    expect(torn).toMatchObject({ code: 1, out: expect.stringContaining('not valid JSON') })
    expect(good).toMatchObject({ code: 0, out: expect.stringContaining('valid') })
    expect(await readFile(join(dataDir, 'config', 'abconf_1.json'), 'utf8')).toBe(before)
  })
})

describe('astrbot beside others on the same data folder', () => {
  it('changes go through the running server, and none is lost', async () => {
    await using server = await ServerProcess.start(dataDir)
    const others = ['timezone', 'http_proxy', 'callback_api_base'].map(key => run(['config', 'set', key, `by-${key}`]))
    expect((await Promise.all(others)).map(({ code }) => code)).toEqual([0, 0, 0])
    const seen = await run(['config', 'get', '--json'])
    const expected = { timezone: 'by-timezone', http_proxy: 'by-http_proxy', callback_api_base: 'by-callback_api_base' }
    expect(JSON.parse(seen.out)).toMatchObject(expected)
    // What the server stores next must hold them, too: it has them in memory.
    expect(await run(['config', 'set', 'wake_prefix', '["!"]'])).toMatchObject({ code: 0 })
    expect(await stored()).toMatchObject({ ...expected, wake_prefix: ['!'] })
    const second = await run(['--port', '0'])
    expect(second).toMatchObject({ code: 1, error: expect.stringContaining(`in use by the one at ${server.url}`) })
    const doctor = await run(['doctor'])
    expect(doctor).toMatchObject({ code: 0, out: expect.stringContaining(`ok       server: runs at ${server.url}`) })
    expect(doctor.out).toContain('cmd_config.json is valid')
    expect(doctor.out).not.toContain('no effect')
  })

  it('a killed server holds nothing back; commands wait for each other', async () => {
    const server = await ServerProcess.start(dataDir)
    await server.end('SIGKILL')
    const keys = ['timezone', 'http_proxy', 'callback_api_base']
    const results = await Promise.all(keys.map(key => run(['config', 'set', key, key])))
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(await stored()).toMatchObject(Object.fromEntries(keys.map(key => [key, key])))
  })
})

describe('astrbot provider', () => {
  let models: ModelServer
  beforeAll(async () => {
    models = await startModelServer()
  })
  afterAll(() => models.stop())

  it('adds a source with its models, lists and tests them', async () => {
    const args = ['--base-url', `${models.url}/v1`, '--key', '-', '--model', 'echo', '--model', 'echo-2']
    const added = await run(['provider', 'add', 'openai', '--id', 'mine', ...args], { input: 'sk-from-stdin\n' })
    expect(added).toMatchObject({ code: 0, error: '' })
    expect(added.out.split('\n')).toEqual([
      'added mine/echo',
      'added mine/echo-2',
      'ok       mine/echo answers (echo)',
      'ok       mine/echo-2 answers (echo-2)',
    ])
    expect((await stored()).provider_sources).toMatchObject([{ id: 'mine', key: ['sk-from-stdin'] }])
    const [list, test, again, unknown] = await Promise.all([
      run(['provider', 'list', '--json']),
      run(['provider', 'test', 'mine/echo']),
      run(['provider', 'add', 'openai', '--id', 'mine', '--model', 'x']),
      run(['provider', 'add', 'nobody']),
    ])
    expect(JSON.parse(list.out).map(({ id }: { id: string }) => id)).toEqual(['mine/echo', 'mine/echo-2'])
    expect(list.out).not.toContain('sk-from-stdin')
    expect(test).toMatchObject({ code: 0, out: 'ok       mine/echo answers (echo)' })
    expect(again).toMatchObject({ code: 1, error: expect.stringContaining('exists already') })
    expect(unknown).toMatchObject({ code: 1, error: expect.stringContaining('no source and no vendor nobody') })
  })

  it('says why a provider fails', async () => {
    const args = ['--base-url', 'http://127.0.0.1:1/v1', '--key', 'k', '--model', 'm']
    const added = await run(['provider', 'add', 'deepseek', ...args])
    expect(added).toMatchObject({ code: 1, out: expect.stringContaining('ECONNREFUSED') })
    const tested = await run(['provider', 'test', '--all', '--json'])
    expect(tested.code).toBe(1)
    expect(JSON.parse(tested.out)).toMatchObject([{ id: 'deepseek/m', error: expect.stringContaining('ECONNREFUSED') }])
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${models.url}/v1`, OPENAI_MODEL: 'echo' }
    const listed = await run(['provider', 'list'], { env })
    expect(listed.out).toMatch(/openai\/echo +openai_chat_completion +echo +enabled, from the environment/)
  })
})

describe('astrbot doctor', () => {
  it('names what is wrong and what to do', async () => {
    await using taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address ? String(address.port) : ''
    const config = await ConfigFile.open(dataDir)
    await config.update(draft => {
      draft.timezone = 'UTC'
    })
    await writeFile(file(), (await readFile(file(), 'utf8')).replace('"UTC"', '12'))
    await copyFile(file(), join(dataDir, 'astrbot.db'))
    const before = await readFile(file(), 'utf8')
    const { code, out } = await run(['doctor', '--json', '--port', port])
    const { ok, findings } = JSON.parse(out)
    const problems = findings.filter(({ level }: { level: string }) => level === 'problem')
    expect([code, ok]).toEqual([1, false])
    expect(problems.map(({ about }: { about: string }) => about)).toEqual(['port', 'configuration', 'database'])
    expect(problems.every(({ hint }: { hint?: string }) => hint)).toBe(true)
    expect(problems[1].text).toContain('timezone expected text')
    expect(await readFile(file(), 'utf8')).toBe(before)
  })

  it('is content with a folder that works, and tries its providers', async () => {
    await run(['config', 'set', 'agent_runner.config.model.provider_id', 'gone/model'])
    const dangling = await run(['doctor', '--port', '0'])
    expect(dangling).toMatchObject({ code: 0, out: expect.stringContaining('names gone/model, which does not exist') })
    await run(['config', 'set', 'agent_runner.config.model.provider_id', ''])
    const fine = await run(['doctor', '--port', '0'])
    expect(fine).toMatchObject({ code: 0, out: expect.stringContaining('a demo answers') })
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }
    const unreachable = await run(['doctor', '--port', '0'], { env })
    expect(unreachable).toMatchObject({
      code: 1,
      out: expect.stringMatching(/problem {2}provider: openai\/\S+: .*refused/i),
    })
    expect(unreachable.out).toContain('→ Check key, address and model name.')
  })
})
