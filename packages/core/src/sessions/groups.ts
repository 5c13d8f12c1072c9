import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Database, Store } from '../store/index.ts'
import {
  deleteGroup,
  deleteMembers,
  deleteMemberships,
  findGroup,
  holdGroup,
  insertGroup,
  insertMembers,
  renameMembers,
  selectGroups,
  selectMembers,
} from './store.ts'

type SessionGroup = Schemas['SessionGroup']

/** Named lists of sessions, for changes to several of them. */
export interface SessionGroups {
  /** All, oldest first. */
  list(): Promise<SessionGroup[]>
  create(name: string, umos: readonly string[]): Promise<SessionGroup>
  /** Renames, replaces the list, or adds and removes; the order is kept. @throws session_group_not_found */
  update(groupId: string, changes: Schemas['SessionGroupUpdateRequest']): Promise<SessionGroup>
  /** @throws session_group_not_found */
  delete(groupId: string): Promise<void>
  /** The sessions of a group. @throws session_group_not_found */
  members(groupId: string): Promise<string[]>
  /** Takes a session out of every group. */
  forget(umo: string, db?: Kysely<Database>): Promise<void>
  /** Groups follow a user through a change of name; `from` and `to` begin the user's origins. */
  renameOrigins(from: string, to: string): Promise<void>
}

export function createSessionGroups({ db }: Pick<Store, 'db'>, clock: Clock, ids: Ids): SessionGroups {
  return {
    async list() {
      const groups = await selectGroups(db)
      const members = await selectMembers(db)
      return groups.map(({ group_id, name }) => groupView(group_id, name, members.get(group_id)))
    },

    async create(name, umos) {
      const row = { name: name.trim(), created_at: clock.now() }
      const members = [...new Set(umos)]
      return db.transaction().execute(async transaction => {
        let groupId = newId(ids)
        while (!(await insertGroup(transaction, { ...row, group_id: groupId }))) groupId = newId(ids)
        await insertMembers(transaction, groupId, members)
        return groupView(groupId, row.name, members)
      })
    },

    update: (groupId, { name, umos, add_umos, remove_umos }) =>
      db.transaction().execute(async transaction => {
        const group = await holdGroup(transaction, groupId, name?.trim())
        if (!group) throw new AstrBotError('session_group_not_found')
        if (umos) await deleteMembers(transaction, groupId)
        await insertMembers(transaction, groupId, [...new Set(umos ?? add_umos ?? [])])
        if (!umos && remove_umos) await deleteMembers(transaction, groupId, remove_umos)
        const members = await selectMembers(transaction, groupId)
        return groupView(groupId, group.name, members.get(groupId))
      }),

    async delete(groupId) {
      if (!(await deleteGroup(db, groupId))) throw new AstrBotError('session_group_not_found')
    },

    async members(groupId) {
      if (!(await findGroup(db, groupId))) throw new AstrBotError('session_group_not_found')
      return (await selectMembers(db, groupId)).get(groupId) ?? []
    },

    forget: (umo, transaction = db) => deleteMemberships(transaction, umo),
    renameOrigins: (from, to) => renameMembers(db, from, to),
  }
}

/** Eight hexadecimal digits, as AstrBot's groups have. */
function newId(ids: Ids): string {
  return Buffer.from(ids.token(4), 'base64url').toString('hex')
}

function groupView(id: string, name: string, umos: string[] = []): SessionGroup {
  return { id, name, umos, umo_count: umos.length }
}
