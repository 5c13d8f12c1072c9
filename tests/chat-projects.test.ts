import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { turn } from './support/chat.ts'
import { pathOf } from './support/contract.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'
import { password } from './support/secrets.ts'
import { type Role, TestServer } from './support/server.ts'

let server: TestServer
let narrow: TestServer
/** A folder a user may choose. */
let folder: string
beforeAll(async () => {
  server = await TestServer.start()
  narrow = await TestServer.start({ env: { ASTRBOT_MAX_JSON_BYTES: '2000' } })
  folder = await mkdtemp(join(tmpdir(), 'astrbot-chosen-'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await narrow[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const body = { title: 't', emoji: 'e', description: 'd', workspace_type: 'project', workspace_path: '' }
const file = { query: { path: 'a.txt' } }

const examples: RefusalOptions['examples'] = {
  listChatProjects: [{}],
  createChatProject: [{ json: body }],
  getChatProject: [{}],
  updateChatProject: [{ json: body }],
  deleteChatProject: [{}],
  listChatProjectSessions: [{}],
  addChatProjectSession: [{}],
  removeChatProjectSession: [{}],
  listChatProjectWorkspaceFiles: [{}],
  getChatProjectWorkspaceFile: [file],
  downloadChatProjectWorkspaceFile: [file],
}

describe('refusals', () => itRefuses({ server: () => server, narrow: () => narrow, examples }))

const create = async (json: object, as: Role = 'token', username?: string) =>
  (await server.call('createChatProject', { as, json, query: { ...(username && { username }) } })).data
const newSession = async (as: Role = 'token') => (await server.call('createChatSession', { as })).data.session_id

describe('projects', () => {
  it('are made, changed, listed and deleted', async () => {
    const made = await create({ title: 'One', description: 'd' })
    expect(made).toMatchObject({ title: 'One', emoji: '📁', workspace_type: 'session', resolved_workspace_path: null })
    const params = { project_id: made.project_id }
    const other = await create({ title: 'Two', emoji: '🧪' })
    // The path wins over the body.
    const json = { title: '', description: null, project_id: other.project_id }
    expect((await server.call('updateChatProject', { params, json })).data).toEqual({})
    expect((await server.call('getChatProject', { params })).data).toMatchObject({ title: '', description: 'd' })
    expect((await server.call('listChatProjects')).data.map(({ title }) => title)).toEqual(['', 'Two'])
    expect((await server.call('deleteChatProject', { params })).data).toEqual({})
    for (const id of ['getChatProject', 'deleteChatProject', 'listChatProjectSessions'] as const)
      expect(await server.call(id, { params })).toMatchObject({
        status: 404,
        error: { code: 'project_not_found' },
        message: `Project ${made.project_id} not found`,
      })
    expect(await server.call('updateChatProject', { params, json: {} })).toMatchObject({ status: 404 })
    for (const title of ['', null, undefined])
      expect((await server.call('createChatProject', { json: { title } })).status).toBe(422)
  })

  it('hold sessions, which show their project and leave the list of sessions', async () => {
    const { project_id } = await create({ title: 'Holder' })
    const session_id = await newSession()
    const params = { project_id, session_id }
    const isFree = async () => {
      const page = (await server.call('listChatSessions', { query: { page: 1, page_size: 100 } })).data
      if (Array.isArray(page)) throw new Error('the list is no page')
      expect(page.total).toBe(page.sessions.length)
      return page.sessions.some(session => session.session_id === session_id)
    }
    const shown = async () => (await server.call('getChatSession', { params })).data.project
    expect([await isFree(), await shown()]).toEqual([true, undefined])
    for (const _ of [1, 2]) expect((await server.call('addChatProjectSession', { params })).data).toEqual({})
    expect([await isFree(), await shown()]).toEqual([false, { project_id, title: 'Holder', emoji: '📁' }])
    const held = async () => (await server.call('listChatProjectSessions', { params })).data
    expect(await held()).toMatchObject([{ session_id, creator: 'astrbot' }])
    await turn(server, { session_id, message: 'hi' }, 'token')
    expect(await held()).toHaveLength(1)
    for (const _ of [1, 2]) expect((await server.call('removeChatProjectSession', { params })).data).toEqual({})
    expect([await isFree(), await shown(), await held()]).toEqual([true, undefined, []])
    await server.call('addChatProjectSession', { params })
    await server.call('deleteChatSession', { params })
    expect(await held()).toEqual([])
    for (const id of ['addChatProjectSession', 'removeChatProjectSession'] as const)
      expect(await server.call(id, { params })).toMatchObject({ status: 404, error: { code: 'session_not_found' } })
  })

  it('are nobody else’s', async () => {
    const { project_id } = await create({ title: 'Mine' })
    const own = await newSession()
    const params = { project_id, session_id: own }
    const foreign = { status: 403, error: { code: 'permission_denied' } }
    for (const as of ['key', 'otherKey'] as const)
      for (const query of [{}, { username: 'astrbot' }]) {
        const call = { as, params, query }
        for (const id of [
          'getChatProject',
          'deleteChatProject',
          'listChatProjectSessions',
          'addChatProjectSession',
          'removeChatProjectSession',
          'listChatProjectWorkspaceFiles',
        ] as const)
          expect(await server.call(id, call), id).toMatchObject(foreign)
        expect(await server.call('updateChatProject', { ...call, json: {} })).toMatchObject(foreign)
        for (const id of ['getChatProjectWorkspaceFile', 'downloadChatProjectWorkspaceFile'] as const)
          expect(await server.call(id, { ...call, query: { ...query, path: 'a' } })).toMatchObject(foreign)
        expect((await server.call('listChatProjects', { as, query })).data).toEqual([])
      }
    const ofKey = await create({ title: 'Of a key' }, 'key', 'alice')
    expect(ofKey.workspace_type).toBe('project')
    const titles = async (as: Role, username?: string) =>
      (await server.call('listChatProjects', { as, query: { ...(username && { username }) } })).data.map(p => p.title)
    expect([await titles('key'), await titles('key', 'alice')]).toEqual([['Of a key'], ['Of a key']])
    expect([await titles('key', 'bob'), await titles('otherKey', 'alice')]).toEqual([[], []])
    const mixed = { project_id: ofKey.project_id, session_id: await newSession('key') }
    expect(await server.call('addChatProjectSession', { as: 'key', params: mixed })).toMatchObject(foreign)
  })

  it('follow their user through a change of name', async () => {
    await using other = await TestServer.start()
    const { project_id } = (await other.call('createChatProject', { json: { title: 'x' } })).data
    const { session_id } = (await other.call('createChatSession')).data
    await other.call('addChatProjectSession', { params: { project_id, session_id } })
    await other.call('updateAuthAccount', { json: { password, new_username: 'newcomer' } })
    const { token } = (await other.call('login', { as: 'nobody', json: { username: 'newcomer', password } })).data
    const again = { as: 'nobody', headers: { authorization: `Bearer ${token}` }, params: { project_id } } as const
    expect((await other.call('getChatProject', again)).data.title).toBe('x')
    expect((await other.call('listChatProjectSessions', again)).data).toMatchObject([{ creator: 'newcomer' }])
  })

  it('may have a folder of their own choice, but not a key’s', async () => {
    const custom = (workspace_path: string) => ({ title: 't', workspace_type: 'Custom', workspace_path })
    const made = await create(custom(folder))
    expect(made).toMatchObject({ workspace_type: 'custom', workspace_path: folder })
    for (const [path, code] of [
      ['', 'custom_workspace_path_missing'],
      ['relative', 'invalid_workspace_path'],
      [server.dataDir, 'invalid_workspace_path'],
      [join(folder, 'none'), 'custom_workspace_not_found'],
      [join(server.dataDir, 'cmd_config.json'), 'custom_workspace_not_directory'],
    ] as const) {
      const json = custom(path)
      const answers = [
        await server.call('createChatProject', { json }),
        await server.call('updateChatProject', {
          json,
          params: { project_id: (await create({ title: 'x' })).project_id },
        }),
      ]
      for (const answer of answers) expect(answer, path).toMatchObject({ status: 400, error: { code } })
    }
    const { project_id } = await create({ title: 'k' }, 'key')
    for (const refused of [
      await server.call('createChatProject', { as: 'key', json: custom(folder) }),
      await server.call('updateChatProject', { as: 'key', params: { project_id }, json: { workspace_path: folder } }),
    ])
      expect(refused).toMatchObject({ status: 403, error: { code: 'custom_workspace_forbidden' } })
  })
})

describe('workspaces', () => {
  it('show folders, texts and bytes', async () => {
    const { project_id, resolved_workspace_path } = await create({ title: 'w', workspace_type: 'project' })
    const params = { project_id }
    const list = (path?: string) =>
      server.call('listChatProjectWorkspaceFiles', { params, query: { ...(path !== undefined && { path }) } })
    const read = (path: string) => server.call('getChatProjectWorkspaceFile', { params, query: { path } })
    const download = (path: string) => server.call('downloadChatProjectWorkspaceFile', { params, query: { path } })
    expect((await list()).data).toEqual({ path: '', entries: [] })
    expect(await list('src')).toMatchObject({ status: 404, error: { code: 'workspace_directory_not_found' } })

    const root = resolved_workspace_path ?? ''
    await mkdir(join(root, 'src'), { recursive: true })
    await writeFile(join(root, 'notes.md'), '# Notes ✓\n')
    await writeFile(join(root, 'page.html'), '<script>1</script>')
    await writeFile(join(root, 'raw.bin'), Uint8Array.of(0xff, 0xfe, 0, 1))
    await writeFile(join(root, 'src', 'ä b.txt'), 'inner')
    await writeFile(join(root, 'huge.txt'), '')
    await truncate(join(root, 'huge.txt'), 3 * 1024 ** 3)
    await symlink(join(server.dataDir, 'cmd_config.json'), join(root, 'link.json'))
    await symlink(server.dataDir, join(root, 'out'))

    const { entries } = (await list('')).data
    expect(entries.map(({ name }) => name)).toEqual(['src', 'huge.txt', 'notes.md', 'page.html', 'raw.bin'])
    expect((await list('src')).data).toEqual({
      path: 'src',
      entries: [{ name: 'ä b.txt', path: 'src/ä b.txt', type: 'file', size: 5, readable: true }],
    })
    expect((await read('notes.md')).data).toEqual({ path: 'notes.md', content: '# Notes ✓\n', size: 12 })
    expect(await read('raw.bin')).toMatchObject({ status: 400, error: { code: 'workspace_file_not_text' } })
    expect(await read('huge.txt')).toMatchObject({ status: 400, error: { code: 'workspace_file_too_large' } })

    const inner = await download('src/ä b.txt')
    expect([inner.status, inner.text]).toEqual([200, 'inner'])
    expect(inner.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(inner.headers.get('content-disposition')).toBe(
      'attachment; filename="_ b.txt"; filename*=UTF-8\'\'%C3%A4%20b.txt',
    )
    expect((await download('page.html')).headers.get('content-disposition')).toMatch(/^attachment;/)
    const part = (headers: Record<string, string>) =>
      server.call('downloadChatProjectWorkspaceFile', { params, query: { path: 'src/ä b.txt' }, headers })
    const middle = await part({ range: 'bytes=1-2' })
    expect([middle.status, middle.text, middle.headers.get('content-range')]).toEqual([206, 'nn', 'bytes 1-2/5'])
    expect((await part({ 'if-none-match': inner.headers.get('etag') ?? '' })).status).toBe(304)
    expect(await part({ range: 'bytes=9-' })).toMatchObject({ status: 416, error: { code: 'range_not_satisfiable' } })
    expect(await part({ range: 'bytes=x' })).toMatchObject({ status: 400, error: { code: 'invalid_range' } })

    for (const path of ['../x', '/etc/passwd', '..\\x', 'link.json', 'out/cmd_config.json', 'src/../../x'])
      for (const answer of [await list(path), await read(path), await download(path)])
        expect(answer, path).toMatchObject({ status: 400, error: { code: 'invalid_workspace_path' } })
    for (const path of ['none', 'src', 'notes.md/x'])
      for (const answer of [await read(path), await download(path)])
        expect(answer, path).toMatchObject({ status: 404, error: { code: 'workspace_file_not_found' } })
    expect((await list('../x')).text).not.toContain(server.dataDir)
  })

  it('send files of any size', async () => {
    const { project_id } = await create({ title: 'c', workspace_type: 'custom', workspace_path: folder })
    await writeFile(join(folder, 'big.bin'), '')
    await truncate(join(folder, 'big.bin'), 5 * 1024 ** 3)
    const path = pathOf('downloadChatProjectWorkspaceFile', { project_id })
    const response = await server.fetch(`${path}?path=big.bin`, { headers: { ...server.credentials.token } })
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(5 * 1024 ** 3)])
    await response.body?.cancel()
  })

  it('stay when their project goes', async () => {
    const { project_id, resolved_workspace_path } = await create({ title: 'w' }, 'key')
    const root = resolved_workspace_path ?? ''
    await mkdir(root)
    await server.call('deleteChatProject', { as: 'key', params: { project_id } })
    expect((await server.call('listChatProjectWorkspaceFiles', { as: 'key', params: { project_id } })).status).toBe(404)
    await rm(root, { recursive: true })
  })
})

itSawEveryAnswer(examples)
