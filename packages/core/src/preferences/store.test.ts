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
})
