import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../database.ts'
import type { Migration } from '../migrate.ts'

/** A list of sessions costs the same however long it is: an index in its order, and its length kept by triggers. */
export const sessionCounts: Migration = {
  name: '0005-session-counts',
  async up(db: Kysely<unknown>, dialect: Dialect) {
    await db.schema
      .createIndex('platform_sessions_api_key')
      .on('platform_sessions')
      .columns(['creator', 'api_key_id', 'updated_at', 'id'])
      .execute()
    await db.schema
      .createTable('platform_session_counts')
      .addColumn('creator', 'text', column => column.notNull())
      .addColumn('api_key_id', 'text', column => column.notNull())
      .addColumn('platform_id', 'text', column => column.notNull())
      .addColumn('sessions', 'integer', column => column.notNull())
      .addPrimaryKeyConstraint('platform_session_counts_key', ['creator', 'api_key_id', 'platform_id'])
      .execute()
    await sql`
      insert into platform_session_counts (creator, api_key_id, platform_id, sessions)
      select creator, coalesce(api_key_id, ''), platform_id, count(*) from platform_sessions group by 1, 2, 3
    `.execute(db)
    for (const statement of dialect === 'sqlite' ? sqliteTriggers : postgresTriggers)
      await sql.raw(statement).execute(db)
  },
}

const add = (row: 'old' | 'new', number: 1 | -1) => `
  insert into platform_session_counts (creator, api_key_id, platform_id, sessions)
  values (${row}.creator, coalesce(${row}.api_key_id, ''), ${row}.platform_id, ${number})
  on conflict (creator, api_key_id, platform_id)
  do update set sessions = platform_session_counts.sessions + excluded.sessions;`

const sqliteTriggers = [
  `create trigger platform_sessions_added after insert on platform_sessions begin ${add('new', 1)} end`,
  `create trigger platform_sessions_removed after delete on platform_sessions begin ${add('old', -1)} end`,
  `create trigger platform_sessions_moved after update of creator, api_key_id, platform_id on platform_sessions
   begin ${add('old', -1)} ${add('new', 1)} end`,
]

const postgresTriggers = [
  `create function count_platform_sessions() returns trigger language plpgsql as $$
   begin
     if tg_op <> 'INSERT' then ${add('old', -1)} end if;
     if tg_op <> 'DELETE' then ${add('new', 1)} end if;
     return null;
   end $$`,
  `create trigger platform_sessions_counted after insert or delete or update of creator, api_key_id, platform_id
   on platform_sessions for each row execute function count_platform_sessions()`,
]
