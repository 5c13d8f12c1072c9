import type { Schemas } from '@astrbot/contract'
import type { Clock } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Store } from '../store/index.ts'
import { invalid } from '../validation.ts'
import { defaultPersonaId, defaultPersonaPrompt } from './default-persona.ts'
import { createPersonaFolders, existingFolder, type PersonaFolders } from './folders.ts'
import {
  deletePersona,
  findPersona,
  insertPersona,
  lockFolders,
  selectPersonas,
  updateFolder,
  updatePersona,
} from './store.ts'
import { type Persona, personaView, sorted } from './views.ts'

/** What to change of a persona; what is absent stays. */
export type PersonaChanges = Omit<Schemas['PersonaUpdateRequest'], 'persona_id' | 'folder_id' | 'sort_order'>

/** The characters the bot can play. */
export interface Personas {
  readonly folders: PersonaFolders
  /** Makes sure that the default persona is there. */
  start(): Promise<void>
  /** All in the order of their creation, or those of one folder (null is the root) in theirs. */
  list(folderId?: string | null): Promise<Persona[]>
  find(personaId: string): Promise<Persona | undefined>
  /** @throws persona_not_found */
  get(personaId: string): Promise<Persona>
  /** @throws persona_reserved, persona_exists, invalid_folder, validation_failed (an odd number of opening turns) */
  create(request: Schemas['PersonaRequest']): Promise<Persona>
  /** @throws persona_not_found, validation_failed (an odd number of opening turns) */
  update(personaId: string, changes: PersonaChanges): Promise<void>
  /** Conversations, rules and profiles that name it work without a persona. @throws persona_not_found, persona_reserved */
  delete(personaId: string): Promise<void>
  /** Puts a persona into a folder; null is the root. @throws persona_not_found, invalid_folder */
  move(personaId: string, folderId: string | null): Promise<void>
  /** Sets the order of personas and folders, all or none. Unknown ids are passed over. */
  reorder(items: readonly Schemas['PersonaReorderItem'][]): Promise<void>
}

export function createPersonas(store: Store, clock: Clock, ids: Ids): Personas {
  const { db, dialect } = store
  const blank = () => ({
    begin_dialogs: '[]',
    tools: null,
    skills: null,
    custom_error_message: null,
    folder_id: null,
    sort_order: 0,
    created_at: clock.now(),
    updated_at: clock.now(),
  })

  return {
    folders: createPersonaFolders(store, clock, ids),

    async start() {
      await insertPersona(db, { ...blank(), persona_id: defaultPersonaId, system_prompt: defaultPersonaPrompt })
    },

    async list(folderId) {
      const rows = await selectPersonas(db, folderId)
      return (folderId === undefined ? rows : sorted(rows, row => row.persona_id)).map(personaView)
    },

    async find(personaId) {
      const row = await findPersona(db, personaId)
      return row && personaView(row)
    },

    async get(personaId) {
      const row = await findPersona(db, personaId)
      if (!row) throw new AstrBotError('persona_not_found')
      return personaView(row)
    },

    async create(request) {
      const personaId = request.persona_id.trim()
      if (personaId === defaultPersonaId) throw new AstrBotError('persona_reserved')
      const row = {
        ...blank(),
        persona_id: personaId,
        system_prompt: request.system_prompt.trim(),
        ...columns(request),
        sort_order: request.sort_order ?? 0,
      }
      const created = await db.transaction().execute(async transaction => {
        await lockFolders(transaction, dialect)
        return insertPersona(transaction, { ...row, folder_id: await existingFolder(transaction, request.folder_id) })
      })
      if (!created) throw new AstrBotError('persona_exists')
      return personaView(created)
    },

    async update(personaId, changes) {
      const prompt = typeof changes.system_prompt === 'string' && { system_prompt: changes.system_prompt }
      const row = { ...prompt, ...columns(changes), updated_at: clock.now() }
      if (!(await updatePersona(db, personaId, row))) throw new AstrBotError('persona_not_found')
    },

    async delete(personaId) {
      if (personaId === defaultPersonaId) throw new AstrBotError('persona_reserved')
      if (!(await deletePersona(db, personaId))) throw new AstrBotError('persona_not_found')
    },

    async move(personaId, folderId) {
      await db.transaction().execute(async transaction => {
        await lockFolders(transaction, dialect)
        // The persona first: whoever names two unknown things hears of the persona.
        if (!(await findPersona(transaction, personaId))) throw new AstrBotError('persona_not_found')
        const folder = await existingFolder(transaction, folderId)
        await updatePersona(transaction, personaId, { folder_id: folder, updated_at: clock.now() })
      })
    },

    async reorder(items) {
      const updated_at = clock.now()
      await db.transaction().execute(async transaction => {
        await lockFolders(transaction, dialect)
        for (const { id, type, sort_order } of items) {
          await (type === 'persona' ? updatePersona : updateFolder)(transaction, id, { sort_order, updated_at })
        }
      })
    },
  }
}

/** What a request says about the lists and the error text, as columns. */
function columns({ begin_dialogs, tools, skills, custom_error_message }: PersonaChanges) {
  if (begin_dialogs && begin_dialogs.length % 2 === 1) {
    throw invalid('body.begin_dialogs', 'expected an even number of turns, user and assistant alternating')
  }
  return {
    ...(begin_dialogs && { begin_dialogs: JSON.stringify(begin_dialogs) }),
    ...(tools !== undefined && { tools: tools && JSON.stringify(tools) }),
    ...(skills !== undefined && { skills: skills && JSON.stringify(skills) }),
    ...(custom_error_message !== undefined && { custom_error_message: custom_error_message?.trim() || null }),
  }
}
