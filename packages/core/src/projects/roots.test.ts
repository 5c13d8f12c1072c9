import { describe, expect, test } from 'vitest'
import { workspaceName, workspaceRoot } from './roots.ts'
import type { ProjectRow } from './store.ts'

describe('the folder of an origin', () => {
  test('is called as in AstrBot', () => {
    expect(workspaceName('webchat:FriendMessage:webchat!alice!8f14e45f-ceea')).toBe(
      'webchat_FriendMessage_webchat_alice_8f14e45f-ceea',
    )
  })

  test('is no other origin’s', () => {
    const origins = [
      ['a', 'b_c'],
      ['a_b', 'c'],
      ['张三', 'c'],
      ['李四', 'c'],
      ['a', 'b c'],
      ['a', '../../b'],
      ['x'.repeat(300), 'a'],
      ['x'.repeat(300), 'b'],
    ].map(([user, session]) => `webchat:FriendMessage:webchat!${user}!${session}`)
    const names = origins.map(workspaceName)
    expect(new Set(names).size).toBe(origins.length)
    for (const name of names) expect(name).toMatch(/^[\w.-]{1,180}(~[0-9a-f]{16})?$/)
  })

  test('stands for the sessions of a project, apart for each user and each key', () => {
    const row = (creator: string, api_key_id: string | null) =>
      ({ creator, api_key_id, project_id: 'p', workspace_type: 'session', workspace_path: null }) as ProjectRow
    expect(workspaceRoot('/data', row('alice', null))).toBe(
      '/data/workspaces/webchat_FriendMessage_webchat_alice_default',
    )
    const roots = [row('alice', null), row('bob', null), row('alice', 'k1'), row('alice', 'k2'), row('bob', 'k1')]
    expect(new Set(roots.map(root => workspaceRoot('/data', root))).size).toBe(roots.length)
  })
})
