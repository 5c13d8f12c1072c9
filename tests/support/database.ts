import { join } from 'node:path'
import { openStore } from '@astrbot/core'
import { CompiledQuery } from 'kysely'

type Row = Record<string, string | number | null>

/**
 * Reads or changes a server's SQLite file behind its back. Answers the rows. (Not by `node:sqlite`: a second copy of
 * SQLite in one process drops the locks of the first.)
 */
export async function query(dataDir: string, text: string, ...values: (string | number)[]): Promise<Row[]> {
  const store = await openStore({ file: join(dataDir, 'astrbot.db') })
  try {
    return (await store.db.executeQuery<Row>(CompiledQuery.raw(text, values))).rows
  } finally {
    await store.close()
  }
}
