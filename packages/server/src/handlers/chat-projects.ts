import { sessionCaller } from '../chat-caller.ts'
import type { HandlersOf } from '../handler.ts'
import { fileResponse } from '../http/file-response.ts'

/** The operations of the tag that are about projects. */
export type ProjectOperation = Extract<keyof HandlersOf<'Chat'>, `${string}ChatProject${string}`>

export const chatProjects: Pick<HandlersOf<'Chat'>, ProjectOperation> = {
  listChatProjects: ({ query }, call) => call.bot.projects.list(sessionCaller(call, query.username)),

  createChatProject: ({ query, body }, call) => call.bot.projects.create(sessionCaller(call, query.username), body),

  getChatProject: ({ params, query }, call) =>
    call.bot.projects.get(sessionCaller(call, query.username), params.project_id),

  async updateChatProject({ params, query, body }, call) {
    await call.bot.projects.update(sessionCaller(call, query.username), params.project_id, body)
    return {}
  },

  async deleteChatProject({ params, query }, call) {
    await call.bot.projects.delete(sessionCaller(call, query.username), params.project_id)
    return {}
  },

  listChatProjectSessions: ({ params, query }, call) =>
    call.bot.projects.sessions(sessionCaller(call, query.username), params.project_id),

  async addChatProjectSession({ params, query }, call) {
    const { project_id, session_id } = params
    await call.bot.projects.addSession(sessionCaller(call, query.username), project_id, session_id)
    return {}
  },

  async removeChatProjectSession({ params, query }, call) {
    await call.bot.projects.removeSession(sessionCaller(call, query.username), params.session_id)
    return {}
  },

  async listChatProjectWorkspaceFiles({ params, query }, call) {
    const workspace = await call.bot.projects.workspace(sessionCaller(call, query.username), params.project_id)
    return workspace.list(query.path ?? '')
  },

  async getChatProjectWorkspaceFile({ params, query }, call) {
    const workspace = await call.bot.projects.workspace(sessionCaller(call, query.username), params.project_id)
    return workspace.read(query.path)
  },

  async downloadChatProjectWorkspaceFile({ params, query }, call) {
    const workspace = await call.bot.projects.workspace(sessionCaller(call, query.username), params.project_id)
    return forSaving(fileResponse(call, await workspace.file(query.path)))
  },
}

/** What an agent has written is not for showing, however harmless its type is. */
function forSaving(response: Response): Response {
  const disposition = response.headers.get('content-disposition') ?? 'attachment'
  response.headers.set('Content-Disposition', disposition.replace(/^inline/, 'attachment'))
  return response
}
