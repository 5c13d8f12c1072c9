import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mostPreviewBytes, Workspace } from './workspace.ts'

let folder: string
let workspace: Workspace
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astrbot-workspace-'))
  const root = join(folder, 'data', 'workspaces', 'project_1')
  workspace = new Workspace(join(folder, 'data'), root)
  await mkdir(join(root, 'src', 'deep'), { recursive: true })
  await mkdir(join(root, 'Assets'))
  await writeFile(join(folder, 'data', 'cmd_config.json'), 'secret')
  await writeFile(join(root, 'notes.md'), '\uFEFF# Notes ✓\n')
  await writeFile(join(root, 'Alpha.txt'), '')
  await writeFile(join(root, 'raw.bin'), Uint8Array.of(0xff, 0xfe, 0, 1))
  await writeFile(join(root, 'src', 'a b.txt'), 'inner')
  await writeFile(join(root, 'full.txt'), 'x'.repeat(mostPreviewBytes))
  await writeFile(join(root, 'huge.txt'), '')
  await truncate(join(root, 'huge.txt'), 4 * 1024 ** 3)
  await symlink(join(folder, 'data'), join(root, 'out'))
  await symlink(join(folder, 'data', 'cmd_config.json'), join(root, 'secret.json'))
  await symlink('notes.md', join(root, 'near.md'))
  await symlink('src', join(root, 'near'))
  await symlink('nowhere', join(root, 'dangling'))
  execFileSync('mkfifo', [join(root, 'pipe')])
})
afterAll(() => rm(folder, { recursive: true }))

describe('a workspace', () => {
  test('lists one level: folders first, then by name; no links, no pipes', async () => {
    const { path, entries } = await workspace.list('')
    expect(path).toBe('')
    expect(entries.map(({ name, type, size, readable }) => `${type} ${name} ${size} ${readable}`)).toEqual([
      'directory Assets 0 false',
      'directory src 0 false',
      'file Alpha.txt 0 true',
      `file full.txt ${mostPreviewBytes} true`,
      'file huge.txt 4294967296 false',
      'file notes.md 15 true',
      'file raw.bin 4 true',
    ])
    expect(await workspace.list('src')).toEqual(await workspace.list('.\\src//'))
    expect((await workspace.list('src')).entries[1]).toMatchObject({ name: 'a b.txt', path: 'src/a b.txt', size: 5 })
  })

  test('is empty until it is used', async () => {
    const unused = new Workspace(join(folder, 'data'), join(folder, 'data', 'workspaces', 'none'))
    expect(await unused.list('./')).toEqual({ path: '', entries: [] })
    await expect(unused.list('src')).rejects.toMatchObject({ code: 'workspace_directory_not_found' })
    await expect(unused.read('a')).rejects.toMatchObject({ code: 'workspace_file_not_found' })
  })

  test('shows text as it is, up to its limit', async () => {
    expect(await workspace.read('notes.md')).toEqual({ path: 'notes.md', content: '\uFEFF# Notes ✓\n', size: 15 })
    expect((await workspace.read('full.txt')).size).toBe(mostPreviewBytes)
    expect(await workspace.read('src\\a b.txt')).toEqual({ path: 'src/a b.txt', content: 'inner', size: 5 })
    await expect(workspace.read('huge.txt')).rejects.toMatchObject({ code: 'workspace_file_too_large' })
    await expect(workspace.read('raw.bin')).rejects.toMatchObject({ code: 'workspace_file_not_text' })
  })

  test('hands out files of any size', async () => {
    expect(await workspace.file('huge.txt')).toMatchObject({
      filename: 'huge.txt',
      mimeType: 'text/plain',
      size: 2 ** 32,
    })
    expect(await workspace.file('raw.bin')).toMatchObject({ mimeType: 'application/octet-stream' })
  })

  test.each([
    '..',
    '../project_2',
    'src/../../x',
    'src/..',
    '..\\..\\cmd_config.json',
    '/etc/passwd',
    '\\etc\\passwd',
    'C:/x',
    'c:\\x',
    'a\0b',
    'out',
    'out/cmd_config.json',
    'secret.json',
    'near.md',
    'near/a b.txt',
    'near',
    'dangling',
    'dangling/x',
  ])('refuses %j', async path => {
    const refusal = { code: 'invalid_workspace_path' }
    await expect(workspace.list(path)).rejects.toMatchObject(refusal)
    await expect(workspace.read(path)).rejects.toMatchObject(refusal)
    await expect(workspace.file(path)).rejects.toMatchObject(refusal)
  })

  test('says what is not there', async () => {
    for (const path of ['none', 'src/none', 'notes.md/x', 'notes.md', 'pipe'])
      await expect(workspace.list(path), path).rejects.toMatchObject({ code: 'workspace_directory_not_found' })
    for (const path of ['none.md', 'none/x', 'notes.md/x', 'src', 'pipe'])
      for (const found of [() => workspace.read(path), () => workspace.file(path)])
        await expect(found(), path).rejects.toMatchObject({ code: 'workspace_file_not_found' })
    for (const path of ['', '.', './/'])
      await expect(workspace.read(path), path).rejects.toMatchObject({ code: 'invalid_workspace_path' })
  })

  test('never shows the bot’s own data, whatever folder it is', async () => {
    const all = new Workspace(join(folder, 'data'), folder)
    expect((await all.list('')).entries.map(({ name }) => name)).toEqual(['data'])
    for (const path of ['data', 'data/cmd_config.json'])
      for (const refused of [() => all.list(path), () => all.read(path), () => all.file(path)])
        await expect(refused()).rejects.toMatchObject({ code: 'invalid_workspace_path' })
    expect((await all.read('data/workspaces/project_1/notes.md')).size).toBe(15)
    const inside = new Workspace(join(folder, 'data'), join(folder, 'data'))
    await expect(inside.list('')).rejects.toMatchObject({ code: 'invalid_workspace_path' })
  })
})
