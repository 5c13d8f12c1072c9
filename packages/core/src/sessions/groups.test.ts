import { expect, test } from 'vitest'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { createWorld } from '../world.testing.ts'

describeEveryStore('session groups', stores => {
  test('keep the order of their sessions through every change', async () => {
    const { groups } = createWorld(await stores.open()).sessions
    const { id, ...group } = await groups.create(' Team ', ['c', 'a', 'c'])
    expect(id).toMatch(/^[0-9a-f]{8}$/)
    expect(group).toEqual({ name: 'Team', umos: ['c', 'a'], umo_count: 2 })
    const umos = async (changes: object) => (await groups.update(id, changes)).umos
    expect(await umos({ add_umos: ['b', 'a', 'd'] })).toEqual(['c', 'a', 'b', 'd'])
    expect(await umos({ add_umos: ['e'], remove_umos: ['a', 'e', 'unknown'] })).toEqual(['c', 'b', 'd'])
    expect(await umos({ umos: ['d', 'z'], add_umos: ['y'], remove_umos: ['d'] })).toEqual(['d', 'z'])
    expect(await groups.update(id, { name: ' Other ', umos: null })).toEqual({
      id,
      name: 'Other',
      umos: ['d', 'z'],
      umo_count: 2,
    })
    expect(await umos({ umos: [] })).toEqual([])
  })

  test('are listed oldest first, and go with their lists', async () => {
    const { groups } = createWorld(await stores.open()).sessions
    const made = [await groups.create('b', ['x']), await groups.create('a', []), await groups.create('a', ['x', 'y'])]
    expect(await groups.list()).toEqual(made)
    await groups.forget('x')
    expect((await groups.list()).map(group => group.umos)).toEqual([[], [], ['y']])
    const id = made[0]?.id ?? ''
    await groups.delete(id)
    for (const gone of [groups.delete, groups.members, (id: string) => groups.update(id, { name: 'x' })]) {
      await expect(gone(id)).rejects.toMatchObject({ code: 'session_group_not_found' })
    }
  })

  test('hold many sessions', async () => {
    const { groups } = createWorld(await stores.open()).sessions
    const umos = Array.from({ length: 3000 }, (_, i) => `p:FriendMessage:${i}`)
    const { id } = await groups.create('all', umos)
    expect(await groups.members(id)).toEqual(umos)
    expect((await groups.update(id, { remove_umos: umos.slice(1) })).umos).toEqual(umos.slice(0, 1))
  })
})
