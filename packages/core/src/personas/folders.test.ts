import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AstrBotError } from '../errors.ts'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { createWorld } from '../world.testing.ts'
import type { PersonaFolderNode } from './views.ts'

describeEveryStore('folders', stores => {
  test('nest, sorted on every level', async () => {
    const { folders } = createWorld(await stores.open()).personas
    const outer = await folders.create({ name: ' Outer ', description: 'd', sort_order: 2 })
    expect(outer).toMatchObject({ name: 'Outer', description: 'd', sort_order: 2, parent_id: null })
    for (const name of ['b', 'a']) await folders.create({ name, parent_id: outer.folder_id })
    await folders.create({ name: 'first', parent_id: '', sort_order: 1 })
    const shape = (nodes: PersonaFolderNode[]): unknown => nodes.map(node => [node.name, shape(node.children)])
    expect(shape(await folders.tree())).toEqual([
      ['first', []],
      [
        'Outer',
        [
          ['a', []],
          ['b', []],
        ],
      ],
    ])
    expect((await folders.list(outer.folder_id)).map(folder => folder.name)).toEqual(['a', 'b'])
  })

  test('keep what an update does not name', async () => {
    const { folders } = createWorld(await stores.open()).personas
    const { folder_id } = await folders.create({ name: 'n', description: 'd', sort_order: 5 })
    await folders.update(folder_id, { name: null, sort_order: null })
    expect((await folders.list(null))[0]).toMatchObject({ name: 'n', description: 'd', sort_order: 5 })
    await folders.update(folder_id, { name: ' m ', description: null })
    expect((await folders.list(null))[0]).toMatchObject({ name: 'm', description: null, sort_order: 5 })
    await expect(folders.update('none', {})).rejects.toMatchObject({ code: 'persona_folder_not_found' })
    await expect(folders.delete('none')).rejects.toMatchObject({ code: 'persona_folder_not_found' })
    await expect(folders.create({ name: 'x', parent_id: 'none' })).rejects.toMatchObject({ code: 'invalid_folder' })
  })

  test('let what lies in them move to the root when they go', async () => {
    const { personas } = createWorld(await stores.open())
    const outer = await personas.folders.create({ name: 'outer' })
    const inner = await personas.folders.create({ name: 'inner', parent_id: outer.folder_id })
    const innermost = await personas.folders.create({ name: 'innermost', parent_id: inner.folder_id })
    await personas.create({ persona_id: 'a', system_prompt: 'x', folder_id: outer.folder_id })
    await personas.folders.delete(outer.folder_id)
    expect((await personas.get('a')).folder_id).toBeNull()
    expect(await personas.folders.tree()).toMatchObject([
      { folder_id: inner.folder_id, children: [{ folder_id: innermost.folder_id }] },
    ])
  })

  test('stay a tree whatever moves at once', async () => {
    const { folders } = createWorld(await stores.open()).personas
    const made = await Promise.all(Array.from({ length: 8 }, (_, i) => folders.create({ name: `${i}` })))
    const index = fc.nat({ max: made.length - 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(index, fc.option(index)), { maxLength: 12 }), async moves => {
        const results = await Promise.allSettled(
          moves.map(([from, to]) =>
            folders.update(made[from]?.folder_id ?? '', {
              parent_id: to === null ? null : (made[to]?.folder_id ?? null),
            }),
          ),
        )
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(AstrBotError)
        }
        expect(count(await folders.tree())).toBe(made.length)
      }),
      { numRuns: stores.dialect === 'sqlite' ? 30 : 10 },
    )
  })
})

function count(nodes: PersonaFolderNode[]): number {
  return nodes.reduce((sum, node) => sum + 1 + count(node.children), 0)
}
