import type { HandlersOf } from '../handler.ts'
import { notice } from '../http/notice.ts'

export const personas: HandlersOf<'Personas'> = {
  // An empty `folder_id` is the root, an absent one means all folders.
  listPersonas: ({ query }, { bot }) =>
    bot.personas.list(query.folder_id === undefined ? undefined : query.folder_id || null),

  async createPersona({ body }, call) {
    const persona = await call.bot.personas.create(body)
    return { message: notice(call, 'Persona created', '人格已创建'), persona }
  },

  getPersona: ({ params }, { bot }) => bot.personas.get(params.persona_id),

  getPersonaById: ({ query }, { bot }) => bot.personas.get(query.persona_id),

  async updatePersona({ params, body }, call) {
    await call.bot.personas.update(params.persona_id, body)
    return { message: notice(call, 'Persona updated', '人格已更新') }
  },

  async updatePersonaById({ body }, call) {
    await call.bot.personas.update(body.persona_id, body)
    return { message: notice(call, 'Persona updated', '人格已更新') }
  },

  async deletePersona({ params }, call) {
    await call.bot.personas.delete(params.persona_id)
    return { message: notice(call, 'Persona deleted', '人格已删除') }
  },

  async deletePersonaById({ query }, call) {
    await call.bot.personas.delete(query.persona_id)
    return { message: notice(call, 'Persona deleted', '人格已删除') }
  },

  async movePersonaItem({ body }, call) {
    await call.bot.personas.move(body.persona_id, body.folder_id || null)
    return { message: notice(call, 'Persona moved', '人格已移动') }
  },

  async reorderPersonaItems({ body }, call) {
    await call.bot.personas.reorder(body.items)
    return { message: notice(call, 'Order saved', '顺序已保存') }
  },

  getPersonaTree: (_, { bot }) => bot.personas.folders.tree(),

  listPersonaFolders: ({ query }, { bot }) => bot.personas.folders.list(query.parent_id || null),

  async createPersonaFolder({ body }, call) {
    const folder = await call.bot.personas.folders.create(body)
    return { message: notice(call, 'Folder created', '文件夹已创建'), folder }
  },

  async updatePersonaFolder({ params, body }, call) {
    await call.bot.personas.folders.update(params.folder_id, body)
    return { message: notice(call, 'Folder updated', '文件夹已更新') }
  },

  async deletePersonaFolder({ params }, call) {
    await call.bot.personas.folders.delete(params.folder_id)
    return { message: notice(call, 'Folder deleted', '文件夹已删除') }
  },
}
