import { resolve } from 'node:path'
import type { Schemas } from '@astrbot/contract'
import {
  type ChatCaller,
  findUsableSession,
  mayUse,
  moveSession,
  ownerOf,
  type ProjectReferences,
  sessionsOfProject,
} from '../chat/index.ts'
import type { Clock } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Store } from '../store/index.ts'
import { workspaceRoot } from './roots.ts'
import {
  deleteProject,
  findProject,
  holdProject,
  insertProject,
  listProjects,
  type ProjectRow,
  renameCreator,
  updateProject,
} from './store.ts'
import { projectView } from './views.ts'
import { Workspace } from './workspace.ts'
import { chooseWorkspace } from './workspace-choice.ts'

const mostListed = 100

export interface ProjectsOptions {
  store: Pick<Store, 'db'>
  dataDir: string
  clock: Clock
  ids: Ids
}

/**
 * Groups of chat sessions with a working directory. A dashboard user has those in its name, a key those it made; what
 * is somebody else's is `permission_denied`, what is not there `project_not_found`.
 */
export interface Projects extends ProjectReferences {
  /** At most 100, the one changed last first. */
  list(caller: ChatCaller): Promise<Schemas['ChatProject'][]>
  /** @throws custom_workspace_forbidden, invalid_workspace_path, and the `custom_workspace_…` codes */
  create(caller: ChatCaller, request: Schemas['ChatProjectRequest']): Promise<Schemas['ChatProject']>
  /** @throws project_not_found, permission_denied */
  get(caller: ChatCaller, projectId: string): Promise<Schemas['ChatProject']>
  /** Changes what is given and not null. @throws project_not_found, permission_denied, and as `create` */
  update(caller: ChatCaller, projectId: string, request: Schemas['ChatProjectPatchRequest']): Promise<void>
  /** Its sessions stay, and so do the files of its workspace. @throws project_not_found, permission_denied */
  delete(caller: ChatCaller, projectId: string): Promise<void>
  /** Its sessions, at most 100, the one changed last first. @throws project_not_found, permission_denied */
  sessions(caller: ChatCaller, projectId: string): Promise<Schemas['ChatSession'][]>
  /** Moves a session into a project of its own user. @throws project_not_found, session_not_found, permission_denied */
  addSession(caller: ChatCaller, projectId: string, sessionId: string): Promise<void>
  /** Takes a session out of the project it may be in. @throws session_not_found, permission_denied */
  removeSession(caller: ChatCaller, sessionId: string): Promise<void>
  /** What can be seen of a project's files. @throws project_not_found, permission_denied */
  workspace(caller: ChatCaller, projectId: string): Promise<Workspace>
  /** Projects follow their owner through a change of name. */
  renameOwner(from: string, to: string): Promise<void>
}

export function createProjects({ store, clock, ids, ...options }: ProjectsOptions): Projects {
  const { db } = store
  const dataDir = resolve(options.dataDir)
  const usable = async (caller: ChatCaller, id: string) => usableProject(caller, id, await findProject(db, id))

  return {
    async list(caller) {
      const filter = { creator: caller.username, apiKeyId: caller.apiKeyId ?? undefined }
      const rows = await listProjects(db, filter, mostListed)
      return Promise.all(rows.map(row => projectView(dataDir, row)))
    },

    async create(caller, request) {
      const { title, emoji, description } = request
      const standard = {
        workspace_type: caller.apiKeyId === null ? 'session' : 'project',
        workspace_path: null,
      } as const
      const workspace = (await chooseWorkspace(dataDir, caller, request, standard)) ?? standard
      const now = clock.now()
      const row = await insertProject(db, {
        project_id: ids.uuid(),
        creator: ownerOf(caller),
        api_key_id: caller.apiKeyId,
        title,
        emoji: emoji ?? '📁',
        description: description ?? null,
        ...workspace,
        created_at: now,
        updated_at: now,
      })
      return projectView(dataDir, row)
    },

    get: async (caller, projectId) => projectView(dataDir, await usable(caller, projectId)),

    async update(caller, projectId, request) {
      const { title, emoji, description } = request
      const project = await usable(caller, projectId)
      const stayed = await updateProject(db, projectId, {
        ...(typeof title === 'string' && { title }),
        ...(typeof emoji === 'string' && { emoji }),
        ...(typeof description === 'string' && { description }),
        ...(await chooseWorkspace(dataDir, caller, request, project)),
        updated_at: clock.now(),
      })
      if (!stayed) throw new AstrBotError('project_not_found', { id: projectId })
    },

    async delete(caller, projectId) {
      await usable(caller, projectId)
      await deleteProject(db, projectId)
    },

    async sessions(caller, projectId) {
      await usable(caller, projectId)
      return sessionsOfProject(db, caller, projectId, mostListed)
    },

    async addSession(caller, projectId, sessionId) {
      await db.transaction().execute(async transaction => {
        const project = usableProject(caller, projectId, await holdProject(transaction, projectId))
        const session = await findUsableSession(transaction, caller, sessionId)
        // A key may have both from different users, who are not to see each other's.
        if (session.creator !== project.creator) throw new AstrBotError('permission_denied')
        await moveSession(transaction, sessionId, projectId)
      })
    },

    async removeSession(caller, sessionId) {
      await findUsableSession(db, caller, sessionId)
      await moveSession(db, sessionId, null)
    },

    async workspace(caller, projectId) {
      return new Workspace(dataDir, workspaceRoot(dataDir, await usable(caller, projectId)))
    },

    async reference(caller, projectId) {
      const row = await findProject(db, projectId)
      if (!row || !mayUse(caller, row.creator, row.api_key_id)) return undefined
      return { project_id: row.project_id, title: row.title, emoji: row.emoji }
    },

    renameOwner: (from, to) => renameCreator(db, from, to),
  }
}

function usableProject(caller: ChatCaller, id: string, row: ProjectRow | undefined): ProjectRow {
  if (!row) throw new AstrBotError('project_not_found', { id })
  if (!mayUse(caller, row.creator, row.api_key_id)) throw new AstrBotError('permission_denied')
  return row
}
