import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { safePath } from './safe-path.ts'

let base: string
let root: string

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'astrbot-path-')))
  root = join(base, 'root')
  await mkdir(join(root, 'inner'), { recursive: true })
  await mkdir(join(base, 'root-beside'))
  await writeFile(join(root, 'inner', 'a.txt'), 'a')
  await writeFile(join(base, 'secret'), 's')
  await symlink(join(base, 'secret'), join(root, 'leak'))
  await symlink(base, join(root, 'up'))
  await symlink(join(root, 'inner'), join(root, 'around'))
  await symlink(join(base, 'nowhere'), join(root, 'dangling'))
  await symlink(root, join(base, 'root-link'))
})
afterAll(() => rm(base, { recursive: true }))

describe('safePath', () => {
  it.each([
    ['inner/a.txt', 'inner/a.txt'],
    ['inner/./b/../a.txt', 'inner/a.txt'],
    ['inner/new/deep.txt', 'inner/new/deep.txt'],
    ['around/a.txt', 'inner/a.txt'],
    ['around/new.txt', 'inner/new.txt'],
    ['..name', '..name'],
  ])('takes %s', async (path, expected) => {
    expect(await safePath(root, path)).toBe(join(root, expected))
  })

  it.each([
    '',
    '.',
    '..',
    '../secret',
    'inner/../../secret',
    '/etc/passwd',
    '../root-beside',
    'leak',
    'up',
    'up/secret',
    'up/new',
    'dangling',
    'dangling/x',
    'inner/a.txt/x/../../../../secret',
    'a\0b',
  ])('refuses %j', async path => {
    expect(await safePath(root, path)).toBeUndefined()
  })

  it('trusts a root that is a link, and knows none that does not exist', async () => {
    expect(await safePath(join(base, 'root-link'), 'inner/a.txt')).toBe(join(root, 'inner/a.txt'))
    expect(await safePath(join(base, 'missing'), 'a')).toBeUndefined()
  })

  it('never leads outside', async () => {
    const part = fc.oneof(fc.constantFrom('..', '.', 'inner', 'up', 'leak', 'around', 'dangling', '/', ''), fc.string())
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async parts => {
        const found = await safePath(root, parts.join('/'))
        expect(found === undefined || found.startsWith(`${root}/`)).toBe(true)
      }),
    )
  })
})
