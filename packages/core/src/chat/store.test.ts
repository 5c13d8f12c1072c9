import { expect, test } from 'vitest'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { countSessions, deleteSessionRows, insertSession, listSessions, renameOwner, type SessionRow } from './store.ts'

function session(id: string, creator: string, apiKeyId: string | null, platformId = 'webchat'): SessionRow {
  const rest = { project_id: null, display_name: null, is_group: 0, created_at: 1, updated_at: 1 }
  return { session_id: id, platform_id: platformId, creator, api_key_id: apiKeyId, ...rest }
}

describeEveryStore('sessions', stores => {
  test('are counted as they are listed, whatever happens to them', async () => {
    const { db } = await stores.open()
    const expectCounts = async () => {
      for (const creator of ['alice', 'bob'])
        for (const apiKeyId of [undefined, 'key'])
          for (const platformId of [undefined, 'webchat', 'other']) {
            const filter = { creator, ...(apiKeyId && { apiKeyId }), ...(platformId && { platformId }) }
            expect(await countSessions(db, filter)).toBe((await listSessions(db, filter, 100, 0)).length)
          }
    }
    await expectCounts()
    await insertSession(db, session('1', 'alice', null))
    await insertSession(db, session('2', 'alice', 'key'))
    await insertSession(db, session('3', 'alice', 'key', 'other'))
    await insertSession(db, session('4', 'bob', 'key'))
    expect(await insertSession(db, session('4', 'alice', null))).toBe(false)
    await expectCounts()
    expect(await countSessions(db, { creator: 'alice' })).toBe(3)
    await renameOwner(db, 'alice', 'bob')
    await expectCounts()
    expect(await countSessions(db, { creator: 'bob', apiKeyId: 'key' })).toBe(3)
    await deleteSessionRows(db, '2')
    await expectCounts()
    expect(await countSessions(db, { creator: 'bob' })).toBe(3)
  })
})
