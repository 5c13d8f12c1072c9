import { type Kysely, sql } from 'kysely'
import { withId } from '../columns.ts'
import type { Dialect } from '../database.ts'
import type { Migration } from '../migrate.ts'

/** Projects of chat sessions. Sessions in one leave the list of sessions, its indexes and its length. */
export const projects: Migration = {
  name: '0007-projects',
  async up(db: Kysely<unknown>, dialect: Dialect) {
    await withId(db.schema.createTable('chat_projects'), dialect)
      .addColumn('project_id', 'text', column => column.notNull().unique())
      .addColumn('creator', 'text', column => column.notNull())
      .addColumn('api_key_id', 'text')
      .addColumn('title', 'text', column => column.notNull())
      .addColumn('emoji', 'text')
      .addColumn('description', 'text')
      .addColumn('workspace_type', 'text', column => column.notNull())
      .addColumn('workspace_path', 'text')
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('updated_at', 'bigint', column => column.notNull())
      .execute()
    await db.schema
      .createIndex('chat_projects_creator')
      .on('chat_projects')
      .columns(['creator', 'updated_at', 'id'])
      .execute()
    await db.schema
      .createIndex('chat_projects_api_key')
      .on('chat_projects')
      .columns(['api_key_id', 'updated_at', 'id'])
      .execute()

    await db.schema
      .alterTable('platform_sessions')
      .addColumn('project_id', 'text', column => column.references('chat_projects.project_id').onDelete('set null'))
      .execute()
    await db.schema
      .createIndex('platform_sessions_project')
      .on('platform_sessions')
      .columns(['project_id', 'updated_at', 'id'])
      .execute()
    await db.schema.dropIndex('platform_sessions_creator').execute()
    await db.schema.dropIndex('platform_sessions_api_key').execute()
    for (const [name, ...owner] of [
      ['platform_sessions_creator', 'creator'],
      ['platform_sessions_api_key', 'creator', 'api_key_id'],
    ] as const) {
      await db.schema
        .createIndex(name)
        .on('platform_sessions')
        .columns([...owner, 'updated_at', 'id'])
        .where(sql.ref('project_id'), 'is', null)
        .execute()
    }
    for (const statement of dialect === 'sqlite' ? sqliteTriggers : postgresTriggers)
      await sql.raw(statement).execute(db)
  },
}

const add = (row: 'old' | 'new', number: 1 | -1) => `
  insert into platform_session_counts (creator, api_key_id, platform_id, sessions)
  select ${row}.creator, coalesce(${row}.api_key_id, ''), ${row}.platform_id, ${number} where ${row}.project_id is null
  on conflict (creator, api_key_id, platform_id)
  do update set sessions = platform_session_counts.sessions + excluded.sessions;`

const counted = 'creator, api_key_id, platform_id, project_id'

const sqliteTriggers = [
  'drop trigger platform_sessions_added',
  'drop trigger platform_sessions_removed',
  'drop trigger platform_sessions_moved',
  `create trigger platform_sessions_added after insert on platform_sessions begin ${add('new', 1)} end`,
  `create trigger platform_sessions_removed after delete on platform_sessions begin ${add('old', -1)} end`,
  `create trigger platform_sessions_moved after update of ${counted} on platform_sessions
   begin ${add('old', -1)} ${add('new', 1)} end`,
]

const postgresTriggers = [
  `create or replace function count_platform_sessions() returns trigger language plpgsql as $$
   begin
     if tg_op <> 'INSERT' then ${add('old', -1)} end if;
     if tg_op <> 'DELETE' then ${add('new', 1)} end if;
     return null;
   end $$`,
  'drop trigger platform_sessions_counted on platform_sessions',
  `create trigger platform_sessions_counted after insert or delete or update of ${counted}
   on platform_sessions for each row execute function count_platform_sessions()`,
]
