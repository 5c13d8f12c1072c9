import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChatCaller } from '../chat/index.ts'
import { chooseWorkspace, type WorkspaceChoice, type WorkspaceRequest } from './workspace-choice.ts'

const user: ChatCaller = { username: 'alice', apiKeyId: null }
const key: ChatCaller = { username: 'alice', apiKeyId: 'k' }
const session: WorkspaceChoice = { workspace_type: 'session', workspace_path: null }

let root: string
let dataDir: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'astrbot-choice-'))
  dataDir = join(root, 'data')
  await mkdir(join(dataDir, 'workspaces', 'mine'), { recursive: true })
  await mkdir(join(root, 'code'))
  await mkdir(join(root, 'closed'))
  await chmod(join(root, 'closed'), 0o500)
  await writeFile(join(root, 'file'), '')
  await symlink(dataDir, join(root, 'link'))
})
afterAll(() => rm(root, { recursive: true }))

const choose = (request: WorkspaceRequest, caller: ChatCaller = user, present = session) =>
  chooseWorkspace(dataDir, caller, request, present)
const custom = (path: string | null) => ({ workspace_type: 'custom', workspace_path: path })

describe('the choice of a workspace', () => {
  test('is left alone by a request that says nothing of it', async () => {
    for (const request of [{}, { workspace_type: null, workspace_path: null }, { workspace_path: ' ' }])
      expect(await choose(request)).toBeUndefined()
  })

  test('takes any case, and a path for custom alone', async () => {
    const code = join(root, 'code')
    expect(await choose({ workspace_type: ' PROJECT', workspace_path: code })).toEqual({
      ...session,
      workspace_type: 'project',
    })
    expect(await choose({ workspace_type: 'elsewhere' })).toEqual(session)
    expect(await choose({ workspace_path: code })).toEqual(session)
    const chosen = await choose(custom(` ${code} `))
    expect(chosen).toEqual({ workspace_type: 'custom', workspace_path: code })
    expect(await choose({ workspace_type: 'Custom' }, user, chosen)).toEqual(chosen)
    expect(await choose({ workspace_path: root }, user, chosen)).toEqual({
      workspace_type: 'custom',
      workspace_path: root,
    })
    expect(await choose({ workspace_type: 'session' }, user, chosen)).toEqual(session)
    expect(await choose(custom(join(dataDir, 'workspaces', 'mine')))).toMatchObject({ workspace_type: 'custom' })
    expect(await choose(custom('~'))).toMatchObject({ workspace_type: 'custom' })
  })

  test.each([
    ['', 'custom_workspace_path_missing'],
    [null, 'custom_workspace_path_missing'],
    ['code', 'invalid_workspace_path'],
    ['../code', 'invalid_workspace_path'],
    ['$/none', 'custom_workspace_not_found'],
    ['$/file', 'custom_workspace_not_directory'],
    ['$/data', 'invalid_workspace_path'],
    ['$/link', 'invalid_workspace_path'],
    ['$/code/../data', 'invalid_workspace_path'],
  ])('refuses %s', async (path, code) => {
    await expect(choose(custom(path?.replace('$', root) ?? null))).rejects.toMatchObject({ code })
  })

  test.skipIf(process.getuid?.() === 0)('refuses a folder it may not write', async () => {
    await expect(choose(custom(join(root, 'closed')))).rejects.toMatchObject({ code: 'custom_workspace_no_access' })
  })

  test('of a folder is not for keys', async () => {
    const code = join(root, 'code')
    for (const request of [
      custom(code),
      custom(null),
      { workspace_type: 'project', workspace_path: code },
      { workspace_path: code },
    ])
      await expect(choose(request, key)).rejects.toMatchObject({ code: 'custom_workspace_forbidden' })
    expect(await choose({ workspace_type: 'project', workspace_path: '' }, key)).toMatchObject({
      workspace_type: 'project',
    })
  })
})
