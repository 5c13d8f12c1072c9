import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualClock, sequentialIds } from '@astrbot/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChatCaller } from '../chat/index.ts'
import { countSessions, deleteSessionRows, insertSession, listSessions, renameOwner } from '../chat/store.ts'
import { describeEveryStore } from '../store/every-store.testing.ts'
import type { Store } from '../store/index.ts'
import { createProjects } from './projects.ts'

const alice: ChatCaller = { username: 'alice', apiKeyId: null }
const bob: ChatCaller = { username: 'bob', apiKeyId: null }
const key: ChatCaller = { username: undefined, apiKeyId: 'k1' }
const keyFor = (username: string, apiKeyId = 'k1'): ChatCaller => ({ username, apiKeyId })

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'astrbot-projects-'))
})
afterAll(() => rm(dataDir, { recursive: true }))

async function addSession({ db }: Store, id: string, creator: string, apiKeyId: string | null = null, updated = 1) {
  const rest = { platform_id: 'webchat', display_name: null, is_group: 0, created_at: 1, updated_at: updated }
  await insertSession(db, { session_id: id, creator, api_key_id: apiKeyId, ...rest })
}

async function codes(...calls: Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(calls)
  return outcomes.map(outcome => (outcome.status === 'rejected' ? outcome.reason.code : 'done'))
}

function projectsOn(store: Store) {
  const clock = manualClock()
  return { clock, projects: createProjects({ store, dataDir, clock, ids: sequentialIds() }) }
}

describeEveryStore('projects', stores => {
  test('are made with defaults, changed field by field, and listed by their last change', async () => {
    const { projects, clock } = projectsOn(await stores.open())
    const one = await projects.create(alice, { title: 'One', emoji: null })
    expect(one).toMatchObject({
      title: 'One',
      emoji: '📁',
      description: null,
      workspace_type: 'session',
      workspace_path: null,
      resolved_workspace_path: null,
    })
    clock.advance(1000)
    const two = await projects.create(alice, { title: 'Two', emoji: '', description: 'd', workspace_type: ' Project ' })
    expect(two.resolved_workspace_path).toBe(join(dataDir, 'workspaces', `project_${two.project_id}`))
    const titles = async (caller: ChatCaller) => (await projects.list(caller)).map(({ title }) => title)
    expect(await titles(alice)).toEqual(['Two', 'One'])
    clock.advance(1000)
    await projects.update(alice, one.project_id, { title: '', description: '', emoji: null, workspace_type: null })
    expect(await titles(alice)).toEqual(['', 'Two'])
    const changed = await projects.get(alice, one.project_id)
    expect(changed).toMatchObject({ emoji: '📁', description: '', created_at: one.created_at })
    expect(changed.updated_at > one.updated_at).toBe(true)
    await projects.update(alice, two.project_id, { workspace_type: 'whatever' })
    expect((await projects.get(alice, two.project_id)).workspace_type).toBe('session')
  })

  test('belong to their user, or to the key that made them for the user it names', async () => {
    const { projects } = projectsOn(await stores.open())
    const own = (await projects.create(alice, { title: 'own' })).project_id
    const forAlice = (await projects.create(keyFor('alice'), { title: 'for alice' })).project_id
    const ofKey = await projects.create(key, { title: 'of the key' })
    expect(ofKey.workspace_type).toBe('project')
    const titles = async (caller: ChatCaller) => (await projects.list(caller)).map(({ title }) => title).sort()
    expect(await titles(alice)).toEqual(['for alice', 'own'])
    expect(await titles(bob)).toEqual([])
    expect(await titles(key)).toEqual(['for alice', 'of the key'])
    expect(await titles(keyFor('alice'))).toEqual(['for alice'])
    expect(await titles(keyFor('alice', 'k2'))).toEqual([])
    const foreign: [ChatCaller, string][] = [
      [bob, own],
      [key, own],
      [keyFor('alice'), own],
      [keyFor('bob'), forAlice],
      [keyFor('alice', 'k2'), forAlice],
      [alice, ofKey.project_id],
    ]
    for (const [caller, id] of foreign) {
      const refused = await codes(
        projects.get(caller, id),
        projects.update(caller, id, { title: 'x' }),
        projects.delete(caller, id),
        projects.sessions(caller, id),
        projects.workspace(caller, id),
        projects.addSession(caller, id, 'none'),
      )
      expect(new Set(refused)).toEqual(new Set(['permission_denied']))
      expect(await projects.reference(caller, id)).toBeUndefined()
    }
    const unknown = await codes(
      projects.get(alice, 'x'),
      projects.addSession(alice, 'x', 'y'),
      projects.delete(alice, 'x'),
      projects.update(alice, 'x', { title: 'y' }),
    )
    expect(new Set(unknown)).toEqual(new Set(['project_not_found']))
  })

  test('hold a session each at most, which leaves the list of sessions and its length', async () => {
    const store = await stores.open()
    const { projects } = projectsOn(store)
    for (const [id, updated] of [
      ['1', 1],
      ['2', 3],
      ['3', 2],
    ] as const)
      await addSession(store, id, 'alice', null, updated)
    const [a, b] = [await projects.create(alice, { title: 'a' }), await projects.create(alice, { title: 'b' })]
    const free = async () => {
      const rows = await listSessions(store.db, { creator: 'alice' }, 100, 0)
      expect(await countSessions(store.db, { creator: 'alice' })).toBe(rows.length)
      return rows.map(row => row.session_id).join()
    }
    const held = async ({ project_id }: { project_id: string }) =>
      (await projects.sessions(alice, project_id)).map(session => session.session_id).join()
    await projects.addSession(alice, a.project_id, '1')
    await projects.addSession(alice, a.project_id, '1')
    await projects.addSession(alice, a.project_id, '2')
    expect([await held(a), await held(b), await free()]).toEqual(['2,1', '', '3'])
    await projects.addSession(alice, b.project_id, '1')
    expect([await held(a), await held(b), await free()]).toEqual(['2', '1', '3'])
    await projects.removeSession(alice, '1')
    await projects.removeSession(alice, '1')
    expect([await held(b), await free()]).toEqual(['', '3,1'])
    await projects.delete(alice, a.project_id)
    expect(await free()).toBe('2,3,1')
    await projects.addSession(alice, b.project_id, '3')
    await deleteSessionRows(store.db, '3')
    expect([await held(b), await free()]).toEqual(['', '2,1'])
  })

  test('take no session of another user, and show a key its own ones only', async () => {
    const store = await stores.open()
    const { projects } = projectsOn(store)
    await addSession(store, 'own', 'alice')
    await addSession(store, 'keyed', 'alice', 'k1')
    await addSession(store, 'of bob', 'bob', 'k1')
    const project = (await projects.create(keyFor('alice'), { title: 'shared' })).project_id
    await expect(projects.addSession(key, project, 'of bob')).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(projects.addSession(key, project, 'own')).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(projects.removeSession(bob, 'own')).rejects.toMatchObject({ code: 'permission_denied' })
    await expect(projects.removeSession(bob, 'none')).rejects.toMatchObject({ code: 'session_not_found' })
    await projects.addSession(key, project, 'keyed')
    await projects.addSession(alice, project, 'own')
    const ids = async (caller: ChatCaller) =>
      (await projects.sessions(caller, project)).map(session => session.session_id).sort()
    expect(await ids(alice)).toEqual(['keyed', 'own'])
    expect(await ids(key)).toEqual(['keyed'])
    expect(await ids(keyFor('alice'))).toEqual(['keyed'])
  })

  test('follow a user through a change of name, sessions and all', async () => {
    const store = await stores.open()
    const { projects } = projectsOn(store)
    await addSession(store, '1', 'alice')
    const { project_id } = await projects.create(alice, { title: 'a' })
    await projects.addSession(alice, project_id, '1')
    await renameOwner(store.db, 'alice', 'bob')
    await projects.renameOwner('alice', 'bob')
    expect(await projects.sessions(bob, project_id)).toHaveLength(1)
    expect(await countSessions(store.db, { creator: 'bob' })).toBe(0)
    await expect(projects.get(alice, project_id)).rejects.toMatchObject({ code: 'permission_denied' })
    await projects.removeSession(bob, '1')
    expect(await countSessions(store.db, { creator: 'bob' })).toBe(1)
  })
})
