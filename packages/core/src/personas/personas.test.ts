import { expect, test } from 'vitest'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { createWorld } from '../world.testing.ts'

describeEveryStore('personas', stores => {
  test('are stored as given, tidied, and changed field by field', async () => {
    const { personas, clock } = createWorld(await stores.open())
    const created = await personas.create({
      persona_id: ' poet/one ✓ ',
      system_prompt: ' Rhyme. ',
      begin_dialogs: ['hi', 'hello'],
      tools: ['search'],
      skills: [],
      custom_error_message: '  ',
      sort_order: null,
    })
    expect(created).toEqual({
      persona_id: 'poet/one ✓',
      system_prompt: 'Rhyme.',
      begin_dialogs: ['hi', 'hello'],
      tools: ['search'],
      skills: [],
      custom_error_message: null,
      folder_id: null,
      sort_order: 0,
      created_at: '2026-07-06T04:00:00+00:00',
      updated_at: '2026-07-06T04:00:00+00:00',
    })
    clock.advance(1500)
    await personas.update('poet/one ✓', { tools: null, custom_error_message: ' Sorry ', begin_dialogs: null })
    expect(await personas.get('poet/one ✓')).toEqual({
      ...created,
      tools: null,
      custom_error_message: 'Sorry',
      updated_at: '2026-07-06T04:00:01.500000+00:00',
    })
    await personas.update('poet/one ✓', { system_prompt: '', begin_dialogs: [], custom_error_message: null })
    expect(await personas.find('poet/one ✓')).toMatchObject({
      system_prompt: '',
      begin_dialogs: [],
      custom_error_message: null,
    })
  })

  test('hold a default one that is editable and stays', async () => {
    const { personas } = createWorld(await stores.open())
    await personas.start()
    await personas.update('default', { system_prompt: 'mine' })
    await personas.start()
    expect((await personas.list()).map(persona => [persona.persona_id, persona.system_prompt])).toEqual([
      ['default', 'mine'],
    ])
    await expect(personas.delete('default')).rejects.toMatchObject({ code: 'persona_reserved' })
    await expect(personas.create({ persona_id: ' default', system_prompt: 'x' })).rejects.toMatchObject({
      code: 'persona_reserved',
    })
  })

  test('refuse what cannot be', async () => {
    const { personas } = createWorld(await stores.open())
    await personas.create({ persona_id: 'a', system_prompt: 'x' })
    const twice = personas.create({ persona_id: 'a', system_prompt: 'x' })
    await expect(twice).rejects.toMatchObject({ code: 'persona_exists' })
    const lost = personas.create({ persona_id: 'b', system_prompt: 'x', folder_id: 'nowhere' })
    await expect(lost).rejects.toMatchObject({ code: 'invalid_folder' })
    const odd = { code: 'validation_failed', data: { issues: [{ path: 'body.begin_dialogs' }] } }
    await expect(personas.update('a', { begin_dialogs: ['one'] })).rejects.toMatchObject(odd)
    await expect(personas.get('none')).rejects.toMatchObject({ code: 'persona_not_found' })
    await expect(personas.update('none', {})).rejects.toMatchObject({ code: 'persona_not_found' })
    await expect(personas.delete('none')).rejects.toMatchObject({ code: 'persona_not_found' })
    await expect(personas.move('none', 'nowhere')).rejects.toMatchObject({ code: 'persona_not_found' })
    await expect(personas.move('a', 'nowhere')).rejects.toMatchObject({ code: 'invalid_folder' })
    expect(await personas.list()).toHaveLength(1)
  })

  test('are ordered within their folder, all or none', async () => {
    const { personas } = createWorld(await stores.open())
    const { folder_id } = await personas.folders.create({ name: 'f' })
    for (const id of ['c', 'a', 'b']) await personas.create({ persona_id: id, system_prompt: 'x', folder_id })
    await personas.create({ persona_id: 'root', system_prompt: 'x', folder_id: '' })
    const names = async (folder?: string | null) => (await personas.list(folder)).map(persona => persona.persona_id)
    expect(await names()).toEqual(['c', 'a', 'b', 'root'])
    expect(await names(folder_id)).toEqual(['a', 'b', 'c'])
    expect(await names(null)).toEqual(['root'])
    expect(await names('unknown')).toEqual([])
    await personas.reorder([
      { id: 'c', type: 'persona', sort_order: -1 },
      { id: 'unknown', type: 'persona', sort_order: 3 },
      { id: folder_id, type: 'folder', sort_order: 9 },
    ])
    expect(await names(folder_id)).toEqual(['c', 'a', 'b'])
    expect((await personas.folders.list(null))[0]?.sort_order).toBe(9)
  })
})
