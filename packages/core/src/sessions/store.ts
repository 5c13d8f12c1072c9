import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Json } from '../json.ts'
import { type Database, type Dialect, fromJsonColumn } from '../store/index.ts'
import { beginsWith, codePoints, contains, hasMessageType, jsonField, platformOf } from '../store/text-sql.ts'
import { ruleKeys, serviceRule } from './rule-set.ts'

type Db = Kysely<Database>

/** Which sessions to list; filters add up. */
export interface SessionFilter {
  /** Found in the origin or any name. */
  search?: string | undefined
  platform?: string | undefined
  kind?: 'group' | 'private' | undefined
}

/** What a session is called in older data, beside today's names. */
const messageTypes = { group: ['GroupMessage', 'group'], private: ['FriendMessage', 'friend', 'private'] }
const mostParameters = 500

type Listed = SelectQueryBuilder<{ known: { umo: string } }, 'known', Record<never, never>>

/** A slice of the known sessions (those with a conversation or a name), or of those with rules, in order. */
export async function selectSessions(
  db: Db,
  dialect: Dialect,
  which: 'known' | 'ruled',
  filter: SessionFilter,
  slice?: { limit: number; offset: number },
): Promise<string[]> {
  let query = listed(db, dialect, which, filter).select('known.umo').orderBy(codePoints(dialect, 'known.umo'))
  if (slice) query = query.limit(slice.limit).offset(slice.offset)
  return (await query.execute()).map(row => row.umo)
}

export async function countSessions(
  db: Db,
  dialect: Dialect,
  which: 'known' | 'ruled',
  filter: SessionFilter,
): Promise<number> {
  const { count } = await listed(db, dialect, which, filter)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** The platforms of the known sessions that pass a filter. */
export async function selectPlatforms(db: Db, dialect: Dialect, filter: SessionFilter): Promise<string[]> {
  const rows = await listed(db, dialect, 'known', filter)
    .select(platformOf(dialect, 'known.umo').as('platform'))
    .distinct()
    .execute()
  return rows.map(row => row.platform).sort()
}

/** The stored rules of some sessions, by origin and key. */
export async function rulesOf(db: Db, umos: readonly string[]): Promise<Map<string, Map<string, Json>>> {
  const found = new Map<string, Map<string, Json>>()
  for (let i = 0; i < umos.length; i += mostParameters) {
    const rows = await db
      .selectFrom('preferences')
      .select(['scope_id', 'key', 'value'])
      .where('scope', '=', 'umo')
      .where('scope_id', 'in', umos.slice(i, i + mostParameters))
      .where('key', 'in', ruleKeys)
      .execute()
    for (const { scope_id, key, value } of rows) {
      const rules = found.get(scope_id) ?? new Map<string, Json>()
      found.set(scope_id, rules.set(key, fromJsonColumn(value)))
    }
  }
  return found
}

/** A group without its sessions. */
export interface GroupRow {
  group_id: string
  name: string
}

export async function selectGroups(db: Db): Promise<GroupRow[]> {
  return db.selectFrom('session_groups').select(['group_id', 'name']).orderBy('id').execute()
}

/** The sessions of one group, or of all, in their order, by group. */
export async function selectMembers(db: Db, groupId?: string): Promise<Map<string, string[]>> {
  let query = db.selectFrom('session_group_members').select(['group_id', 'umo']).orderBy('id')
  if (groupId !== undefined) query = query.where('group_id', '=', groupId)
  const found = new Map<string, string[]>()
  for (const { group_id, umo } of await query.execute()) {
    const members = found.get(group_id)
    if (members) members.push(umo)
    else found.set(group_id, [umo])
  }
  return found
}

/** False when the id is taken. */
export async function insertGroup(db: Db, row: GroupRow & { created_at: number }): Promise<boolean> {
  const result = await db
    .insertInto('session_groups')
    .values(row)
    .onConflict(conflict => conflict.column('group_id').doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Renames a group when a name is given, and holds it until the transaction ends; undefined when it does not exist. */
export async function holdGroup(db: Db, groupId: string, name?: string): Promise<GroupRow | undefined> {
  return db
    .updateTable('session_groups')
    .set(({ ref }) => ({ name: name ?? ref('name') }))
    .where('group_id', '=', groupId)
    .returning(['group_id', 'name'])
    .executeTakeFirst()
}

export async function findGroup(db: Db, groupId: string): Promise<GroupRow | undefined> {
  return db.selectFrom('session_groups').select(['group_id', 'name']).where('group_id', '=', groupId).executeTakeFirst()
}

/** False when there is no such group. */
export async function deleteGroup(db: Db, groupId: string): Promise<boolean> {
  const result = await db.deleteFrom('session_groups').where('group_id', '=', groupId).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Adds sessions at the end; those that are in the group stay where they are. */
export async function insertMembers(db: Db, groupId: string, umos: readonly string[]): Promise<void> {
  for (let i = 0; i < umos.length; i += mostParameters) {
    await db
      .insertInto('session_group_members')
      .values(umos.slice(i, i + mostParameters).map(umo => ({ group_id: groupId, umo })))
      .onConflict(conflict => conflict.columns(['group_id', 'umo']).doNothing())
      .execute()
  }
}

export async function deleteMembers(db: Db, groupId: string, umos?: readonly string[]): Promise<void> {
  const all = db.deleteFrom('session_group_members').where('group_id', '=', groupId)
  if (!umos) await all.execute()
  else {
    for (let i = 0; i < umos.length; i += mostParameters) {
      await all.where('umo', 'in', umos.slice(i, i + mostParameters)).execute()
    }
  }
}

/** Takes a session out of every group. */
export async function deleteMemberships(db: Db, umo: string): Promise<void> {
  await db.deleteFrom('session_group_members').where('umo', '=', umo).execute()
}

/** Moves members from origins that begin with `from` to the same ones beginning with `to`. */
export async function renameMembers(db: Db, from: string, to: string): Promise<void> {
  await db
    .updateTable('session_group_members')
    .set({ umo: sql<string>`${to} || substr(umo, ${sql.lit(from.length + 1)})` })
    .where(beginsWith('umo', from))
    .execute()
}

function listed(db: Db, dialect: Dialect, which: 'known' | 'ruled', filter: SessionFilter): Listed {
  const known = db.selectFrom('conversations').select('umo').union(db.selectFrom('umo_aliases').select('umo'))
  const ruled = db
    .selectFrom('preferences')
    .select('scope_id as umo')
    .distinct()
    .where('scope', '=', 'umo')
    .where('key', 'in', ruleKeys)
  let query = db
    .selectFrom((which === 'known' ? known : ruled).as('known'))
    .leftJoin('umo_aliases as names', 'names.umo', 'known.umo')
    .leftJoin('preferences as service', join =>
      join
        .onRef('service.scope_id', '=', 'known.umo')
        .on('service.scope', '=', 'umo')
        .on('service.key', '=', serviceRule),
    )
  const { search, platform, kind } = filter
  if (platform) query = query.where(platformOf(dialect, 'known.umo'), '=', platform)
  if (kind)
    query = query.where(({ or }) => or(messageTypes[kind].map(type => hasMessageType(dialect, 'known.umo', type))))
  if (search) {
    query = query.where(({ or }) =>
      or([
        contains(dialect, 'known.umo', search),
        contains(dialect, 'names.auto_name', search),
        contains(dialect, 'names.user_alias', search),
        contains(dialect, jsonField(dialect, 'service.value', 'custom_name'), search),
      ]),
    )
  }
  return query as unknown as Listed
}
