import { manualClock } from '@astrbot/testing'
import { expect, test } from 'vitest'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { createPreferences, globalScope } from './index.ts'

describeEveryStore('preferences', stores => {
  test('keep one value per scope and key, in order of appearance', async () => {
    const preferences = createPreferences(await stores.open(), manualClock())
    const plugin = { scope: 'plugin', scopeId: 'weather' }
    expect(await preferences.get(globalScope, 'a')).toBeUndefined()
    await preferences.set(globalScope, 'b', { list: [1, null, 'é漢'] })
    await preferences.set(globalScope, 'a', null)
    await preferences.set(plugin, 'a', false)
    await preferences.set(globalScope, 'b', 2)
    expect(await preferences.get(globalScope, 'b')).toBe(2)
    expect(await preferences.get(globalScope, 'a')).toBeNull()
    expect(await preferences.get(plugin, 'a')).toBe(false)
    expect([...(await preferences.list(globalScope))]).toEqual([
      ['b', 2],
      ['a', null],
    ])
    expect(await preferences.delete(globalScope, 'b')).toBe(true)
    expect(await preferences.delete(globalScope, 'b')).toBe(false)
    expect([...(await preferences.list(plugin))]).toEqual([['a', false]])
  })

  test('change in one step, however many change them', async () => {
    const preferences = createPreferences(await stores.open(), manualClock())
    const umo = { scope: 'umo', scopeId: 'a:b:c' }
    const count = (value: unknown) => (typeof value === 'number' ? value + 1 : 1)
    await Promise.all(Array.from({ length: 20 }, () => preferences.change(umo, 'n', count)))
    expect(await preferences.get(umo, 'n')).toBe(20)
    const failed = preferences.change(umo, 'new', () => {
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(await preferences.get(umo, 'new')).toBeUndefined()
  })

  test('take part in transactions, and go key by key or all at once', async () => {
    const store = await stores.open()
    const preferences = createPreferences(store, manualClock())
    const umo = { scope: 'umo', scopeId: 'a:b:c' }
    for (const key of ['a', 'b', 'c']) await preferences.set(umo, key, key)
    await preferences.set(globalScope, 'a', 'stays')
    const failed = store.db.transaction().execute(async transaction => {
      await preferences.within(transaction).change(umo, 'a', () => 'changed')
      await preferences.within(transaction).deleteAll(umo)
      throw new Error('rolled back')
    })
    await expect(failed).rejects.toThrow('rolled back')
    await preferences.deleteAll(umo, ['a', 'c', 'none'])
    expect([...(await preferences.list(umo))]).toEqual([['b', 'b']])
    await preferences.deleteAll(umo)
    expect((await preferences.list(umo)).size).toBe(0)
    expect(await preferences.get(globalScope, 'a')).toBe('stays')
  })
})
