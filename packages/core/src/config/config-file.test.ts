import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adminIds, ConfigFile, ConfigFileError, defaultConfig } from './index.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astrbot-config-'))
  file = join(folder, 'cmd_config.json')
})
afterEach(() => rm(folder, { recursive: true }))

const onDisk = async (name = file) => JSON.parse((await readFile(name, 'utf8')).replace(/^\uFEFF/, ''))

describe('a missing configuration file', () => {
  test('means the defaults, and nothing is written', async () => {
    const config = await ConfigFile.open(folder)
    expect(config.get()).toEqual(defaultConfig)
    expect(config.get()).not.toBe(defaultConfig)
    expect(await readdir(folder)).toEqual([])
  })

  test('is made with the first change, together with its folder', async () => {
    const config = await ConfigFile.open(join(folder, 'data'))
    await config.update(draft => {
      draft.dashboard.username = 'proof'
    })
    expect((await onDisk(join(folder, 'data', 'cmd_config.json'))).dashboard.username).toBe('proof')
  })
})

describe('a configuration file', () => {
  test('is read with and without byte order mark and completed with defaults', async () => {
    const text = JSON.stringify({ dashboard: { username: 'é漢', port: 7000 }, mine: { kept: [1] } })
    for (const mark of ['', '\uFEFF']) {
      await writeFile(file, mark + text)
      const config = await ConfigFile.open(folder)
      expect(config.get().dashboard).toMatchObject({ username: 'é漢', port: 7000, host: '0.0.0.0' })
      expect(config.get()).toMatchObject({ mine: { kept: [1] }, timezone: 'Asia/Shanghai' })
    }
  })

  test('is written with byte order mark, two spaces, unescaped, unknown keys kept, for its owner only', async () => {
    await writeFile(file, '{"mine": {"kept": "é漢"}, "dashboard": {"extra": 1}}')
    await chmod(file, 0o600)
    const config = await ConfigFile.open(folder)
    await config.update(draft => {
      draft.timezone = 'Europe/Berlin'
    })
    const text = await readFile(file, 'utf8')
    expect(text.startsWith('\uFEFF{\n  "config_version": 5,')).toBe(true)
    expect(text).toContain('é漢')
    expect(await onDisk()).toMatchObject({
      mine: { kept: 'é漢' },
      timezone: 'Europe/Berlin',
      dashboard: { extra: 1, port: 6185 },
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await readdir(folder)).sort()).toEqual(['cmd_config.json', 'cmd_config.json.bak', 'config'])
  })

  test('keeps the version before as .bak', async () => {
    const config = await ConfigFile.open(folder)
    for (const zone of ['A', 'B', 'C'])
      await config.update(draft => {
        draft.timezone = zone
      })
    expect((await onDisk()).timezone).toBe('C')
    expect((await onDisk(`${file}.bak`)).timezone).toBe('B')
  })

  test('reads back as it was', async () => {
    const config = await ConfigFile.open(folder)
    await config.update(draft => {
      draft.admins_id = ['astrbot', 42, { odd: true }]
      draft.agent_runner = { runner_type: 'dify', config: { dify_api_key: 'k' } }
    })
    const again = await ConfigFile.open(folder)
    expect(again.get()).toEqual(config.get())
    expect(adminIds(again.get())).toEqual(['astrbot', '42'])
  })
})

describe('a configuration file that cannot be used', () => {
  test.each([
    ['{"jwt_secret": "hush', 'not valid JSON'],
    ['', 'it is empty'],
    ['[1]', 'no JSON object'],
  ])('stops with the way out: %j', async (text, why) => {
    await writeFile(file, text)
    const error: Error = await ConfigFile.open(folder).then(
      () => new Error('opened'),
      reason => reason,
    )
    expect(error).toBeInstanceOf(ConfigFileError)
    expect(error.message).toContain(file)
    expect(error.message).toContain(why)
    expect(error.message).toContain('.bak')
    expect(error.message).not.toContain('hush')
    await writeFile(`${file}.bak`, '{}')
    await expect(ConfigFile.open(folder)).rejects.toThrow(`put the previous version ${file}.bak in its place`)
    expect(await readFile(file, 'utf8')).toBe(text)
  })
})

describe('a change', () => {
  test('happens after the one before it, never beside it', async () => {
    const config = await ConfigFile.open(folder)
    const results = await Promise.all(
      Array.from({ length: 20 }, () => config.update(draft => (draft.config_version += 1))),
    )
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => 6 + i))
    expect((await onDisk()).config_version).toBe(25)
  })

  test('that throws leaves everything as it was, and the next one works', async () => {
    const config = await ConfigFile.open(folder)
    const failed = config.update(draft => {
      draft.timezone = 'X'
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(config.get().timezone).toBe('Asia/Shanghai')
    await config.update(draft => {
      draft.timezone = 'Y'
    })
    expect(config.get().timezone).toBe('Y')
  })

  test('that cannot be written is not made', async () => {
    const config = await ConfigFile.open(join(file, 'below-a-file')).catch(() => undefined)
    expect(config).toBeDefined()
    await writeFile(file, '{}')
    await expect(config?.update(draft => Object.assign(draft, { timezone: 'X' }))).rejects.toThrow()
    expect(config?.get().timezone).toBe('Asia/Shanghai')
  })

  test('without effect writes nothing', async () => {
    const config = await ConfigFile.open(folder)
    expect(await config.update(draft => draft.timezone)).toBe('Asia/Shanghai')
    expect(await readdir(folder)).toEqual([])
  })

  test('does not reach readers who hold an older state, and readers cannot change theirs', async () => {
    const config = await ConfigFile.open(folder)
    const before = config.get()
    let leaked: { username: string } | undefined
    await config.update(draft => {
      leaked = draft.dashboard
      draft.timezone = 'X'
    })
    expect(before.timezone).toBe('Asia/Shanghai')
    if (leaked) leaked.username = 'intruder'
    expect(config.get().dashboard.username).toBe('astrbot')
    expect(() => Object.assign(config.get().dashboard.totp, { enable: true })).toThrow(TypeError)
  })
})
