import { describe, expect, it } from 'vitest'
import { modelMessages } from './support/model-messages.ts'
import { itRefuses, itSawEveryAnswer, type RefusalOptions } from './support/refusals.ts'
import { narrow, server } from './support/two-servers.ts'

const persona = {
  system_prompt: 'x',
  begin_dialogs: ['a', 'b'],
  tools: ['t'],
  skills: ['s'],
  custom_error_message: 'e',
}
const unknown = { persona_id: 'no-such-id' }
const folder = { name: 'f', parent_id: '', description: 'd', sort_order: 1 }
const examples: RefusalOptions['examples'] = {
  getPersonaTree: [{}],
  listPersonas: [{}],
  createPersona: [{ json: { ...persona, persona_id: 'default', folder_id: '', sort_order: 0 } }],
  getPersonaById: [{ query: unknown }],
  updatePersonaById: [{ json: { ...persona, ...unknown } }],
  deletePersonaById: [{ query: unknown }],
  getPersona: [{}],
  updatePersona: [{ json: persona }],
  deletePersona: [{}],
  listPersonaFolders: [{}],
  createPersonaFolder: [{ json: { ...folder, parent_id: 'no-such-id' } }],
  updatePersonaFolder: [{ json: folder }],
  deletePersonaFolder: [{}],
  movePersonaItem: [{ json: { ...unknown, folder_id: '' } }],
  reorderPersonaItems: [{ json: { items: [{ id: 'no-such-id', type: 'folder', sort_order: 1 }] } }],
}

describe('refusals', () => itRefuses({ server: () => server, narrow: () => narrow, examples }))

describe('personas', () => {
  it('come, change and go, by path and by id, with every kind of id', async () => {
    for (const persona_id of ['plain', 'with/slash ✓', 'a?b#c%', 'tree2']) {
      const created = await server.call('createPersona', { as: 'weakKey', json: { ...persona, persona_id } })
      expect(created.data.persona).toMatchObject({ ...persona, persona_id, folder_id: null, sort_order: 0 })
      const params = { persona_id }
      expect((await server.call('getPersona', { params })).data).toEqual(created.data.persona)
      expect((await server.call('getPersonaById', { query: params })).data).toEqual(created.data.persona)
      // A body that names another persona does not change that one.
      const json = { persona_id: 'default', system_prompt: 'y' }
      expect((await server.call('updatePersona', { params, json })).status).toBe(200)
      await server.call('updatePersonaById', { json: { persona_id, tools: null } })
      expect((await server.call('getPersona', { params })).data).toMatchObject({ system_prompt: 'y', tools: null })
    }
    const all = (await server.call('listPersonas')).data.map(item => item.persona_id)
    expect(all).toEqual(['default', 'plain', 'with/slash ✓', 'a?b#c%', 'tree2'])
    expect((await server.call('getPersona', { params: { persona_id: 'default' } })).data.system_prompt).not.toBe('y')
    expect((await server.call('deletePersona', { params: { persona_id: 'with/slash ✓' } })).status).toBe(200)
    expect((await server.call('deletePersonaById', { query: { persona_id: 'a?b#c%' } })).status).toBe(200)
    expect((await server.call('listPersonas', { query: { folder_id: '' } })).data).toHaveLength(3)
  })

  it('say what is wrong', async () => {
    const json = { ...persona, persona_id: 'plain' }
    const failed = async (call: Promise<{ status: number; error: { code: string } }>) => {
      const { status, error } = await call
      return [status, error.code]
    }
    expect(await failed(server.call('createPersona', { json }))).toEqual([409, 'persona_exists'])
    const reserved = { ...json, persona_id: 'default' }
    expect(await failed(server.call('createPersona', { json: reserved }))).toEqual([400, 'persona_reserved'])
    const lost = { ...json, persona_id: 'new', folder_id: 'none' }
    expect(await failed(server.call('createPersona', { json: lost }))).toEqual([400, 'invalid_folder'])
    for (const json of [{ begin_dialogs: ['odd'] }, { begin_dialogs: ['odd'], persona_id: 'plain' }]) {
      const id = 'persona_id' in json ? 'updatePersonaById' : 'updatePersona'
      const answer = await server.call(id, { params: { persona_id: 'plain' }, json })
      expect(answer).toMatchObject({ status: 422, error: { issues: [{ path: 'body.begin_dialogs' }] } })
    }
    const blank = await server.call('createPersona', { json: { ...json, persona_id: ' ', system_prompt: ' ' } })
    expect(blank.error.issues?.map(issue => issue.path)).toEqual(['body.persona_id', 'body.system_prompt'])
    for (const call of [
      server.call('getPersona'),
      server.call('getPersonaById', { query: unknown }),
      server.call('updatePersona', { json: {} }),
      server.call('updatePersonaById', { json: unknown }),
      server.call('deletePersona'),
      server.call('deletePersonaById', { query: unknown }),
      server.call('movePersonaItem', { json: unknown }),
    ]) {
      expect(await failed(call)).toEqual([404, 'persona_not_found'])
    }
    const params = { persona_id: 'default' }
    expect(await failed(server.call('deletePersona', { params }))).toEqual([400, 'persona_reserved'])
    expect(await failed(server.call('deletePersonaById', { query: params }))).toEqual([400, 'persona_reserved'])
  })

  it('speak Chinese when asked to', async () => {
    const headers = { 'accept-language': 'zh-CN,zh;q=0.9' }
    const json = { items: [{ id: 'x', type: 'persona', sort_order: 1 }] }
    expect((await server.call('reorderPersonaItems', { headers, json })).data.message).toBe('顺序已保存')
    expect((await server.call('reorderPersonaItems', { json })).data.message).toBe('Order saved')
  })
})

describe('folders', () => {
  it('hold personas and folders, and let them go', async () => {
    const outer = (await server.call('createPersonaFolder', { json: { name: ' Outer ' } })).data.folder
    const inner = (await server.call('createPersonaFolder', { json: { ...folder, parent_id: outer.folder_id } })).data
    await server.call('movePersonaItem', { json: { persona_id: 'plain', folder_id: outer.folder_id } })
    const query = { folder_id: outer.folder_id }
    expect((await server.call('listPersonas', { query })).data.map(item => item.persona_id)).toEqual(['plain'])
    expect((await server.call('getPersonaTree')).data).toMatchObject([{ name: 'Outer', children: [{ name: 'f' }] }])
    const inside = await server.call('listPersonaFolders', { query: { parent_id: outer.folder_id } })
    expect(inside.data).toEqual([inner.folder])
    const params = { folder_id: outer.folder_id }
    expect((await server.call('updatePersonaFolder', { params, json: { name: 'New' } })).status).toBe(200)
    for (const parent_id of [outer.folder_id, inner.folder.folder_id, 'none']) {
      const answer = await server.call('updatePersonaFolder', { params, json: { parent_id } })
      expect(answer).toMatchObject({ status: 400, error: { code: 'invalid_folder' } })
    }
    const nowhere = await server.call('movePersonaItem', { json: { persona_id: 'plain', folder_id: 'none' } })
    expect(nowhere).toMatchObject({ status: 400, error: { code: 'invalid_folder' } })
    const orphan = await server.call('createPersonaFolder', { json: { name: 'x', parent_id: 'none' } })
    expect(orphan).toMatchObject({ status: 400, error: { code: 'invalid_folder' } })
    expect((await server.call('deletePersonaFolder', { params })).status).toBe(200)
    for (const gone of [
      await server.call('deletePersonaFolder', { params }),
      await server.call('updatePersonaFolder', { params, json: {} }),
    ]) {
      expect(gone).toMatchObject({ status: 404, error: { code: 'persona_folder_not_found' } })
    }
    const root = (await server.call('listPersonaFolders')).data.map(item => item.name)
    expect(root).toEqual(['f'])
    expect((await server.call('getPersonaById', { query: { persona_id: 'plain' } })).data.folder_id).toBeNull()
  })
})

describe('a persona in a chat', () => {
  it('speaks at once, also after a restart, and is forgotten once deleted', async () => {
    const systemPrompts = async (message: string) => {
      const stream = await server.stream('sendChatMessage', { json: { session_id: 'persona-chat', message } })
      await stream.rest()
      return modelMessages(server)
        .filter(({ role }) => role === 'system')
        .map(({ content }) => content)
    }
    await server.call('updatePersona', { params: { persona_id: 'default' }, json: { system_prompt: 'Be a pirate.' } })
    expect((await systemPrompts('one'))[0]).toContain('# Persona Instructions\n\nBe a pirate.')
    await server.restart()
    expect((await systemPrompts('two'))[0]).toContain('# Persona Instructions\n\nBe a pirate.')
    const umo = 'webchat:FriendMessage:webchat!astrbot!persona-chat'
    const rule = { umo, rule_key: 'session_service_config', rule_value: { persona_id: 'plain' } }
    await server.call('upsertSessionRule', { json: rule })
    expect((await systemPrompts('three'))[0]).toContain('y')
    await server.call('deletePersona', { params: { persona_id: 'plain' } })
    expect((await systemPrompts('four'))[0]).toContain('chat window')
  })
})

itSawEveryAnswer(examples)
