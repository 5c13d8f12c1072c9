import { manualClock } from '@astrbot/testing'
import { expect, test } from 'vitest'
import { createPreferences, globalScope } from '../../preferences/index.ts'
import { describeEveryStore } from '../../store/every-store.testing.ts'
import { Routes } from './routes.ts'

describeEveryStore('routes', stores => {
  const all = () => true

  async function open(stored?: Record<string, unknown>) {
    const preferences = createPreferences(await stores.open(), manualClock())
    if (stored) await preferences.set(globalScope, 'umop_config_routing', stored as never)
    return { preferences, routes: await Routes.open(preferences) }
  }

  test('decide in their order, and skip profiles that are gone', async () => {
    const { routes } = await open({ 'tg:GroupMessage:*': 'gone', 'tg::': 'p', '::': 'q', odd: 'r', 'x:y:z': 7 })
    const exists = (id: string) => id !== 'gone'
    expect(routes.profileOf('tg:GroupMessage:1', all)).toBe('gone')
    expect(routes.profileOf('tg:GroupMessage:1', exists)).toBe('p')
    expect(routes.profileOf('kook:GroupMessage:1', exists)).toBe('q')
    expect(routes.profileOf('kook:Strange:1', exists)).toBe('default')
  })

  test('for one origin go before those with wildcards; a known pattern keeps its place', async () => {
    const { routes, preferences } = await open({ 'a::': '1', 'b::': '2' })
    await routes.set('c:*:*', '3')
    await routes.set('a:FriendMessage:x', '4')
    await routes.set('b::', '5')
    expect(Object.entries(routes.table())).toEqual([
      ['a:FriendMessage:x', '4'],
      ['a::', '1'],
      ['b::', '5'],
      ['c:*:*', '3'],
    ])
    expect((await Routes.open(preferences)).table()).toEqual(routes.table())
    await routes.set('b::', 'default')
    await routes.set('nothing', 'default')
    await routes.remove('never')
    await routes.removeProfile('4')
    expect(Object.keys(routes.table())).toEqual(['a::', 'c:*:*'])
  })

  test('refuse malformed patterns and change nothing', async () => {
    const { routes } = await open({ 'a::': '1' })
    await expect(routes.set('a:b', '1')).rejects.toMatchObject({ code: 'invalid_route_pattern' })
    await expect(routes.replace({ '::': '2', a: '1' })).rejects.toMatchObject({ code: 'invalid_route_pattern' })
    expect(routes.table()).toEqual({ 'a::': '1' })
  })

  test('of an origin are for that origin alone, whatever its characters', async () => {
    const { routes } = await open()
    await routes.setOrigin('webchat:FriendMessage:webchat!*!*', 'p')
    expect(routes.profileOf('webchat:FriendMessage:webchat!me!1', all)).toBe('default')
    expect(routes.profileOf('webchat:FriendMessage:webchat!*!*', all)).toBe('p')
    await routes.renameOrigins('webchat:FriendMessage:webchat!*!', 'webchat:FriendMessage:webchat!star!')
    expect(routes.profileOf('webchat:FriendMessage:webchat!star!*', all)).toBe('p')
    await routes.removeOrigin('webchat:FriendMessage:webchat!star!*')
    expect(routes.table()).toEqual({})
  })

  test('survive changes at the same moment', async () => {
    const { routes, preferences } = await open()
    await Promise.all(Array.from({ length: 30 }, (_, i) => routes.set(`a:GroupMessage:${i}`, `p${i}`)))
    expect(Object.keys(routes.table())).toHaveLength(30)
    expect((await Routes.open(preferences)).table()).toEqual(routes.table())
  })
})
