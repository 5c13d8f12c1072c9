import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import { privateFile, privateFolder } from './private-file.ts'

const fileName = 'astrbot.lock'
const pauseMs = 50

/** Held by the one process that may change a data folder. */
export interface FolderLock {
  release(): void
}

/**
 * Takes a data folder for this process, so that no two programs write the same configuration. Waits up to `patienceMs`
 * for whoever holds it. The lock is one of the operating system on `astrbot.lock`: it ends with its process, however
 * that ends, and works across containers that share the folder. No other part of this process may open the file: on POSIX
 * systems closing it would give the lock up.
 *
 * @returns undefined when somebody else keeps it
 */
export async function lockFolder(dataDir: string, patienceMs = 0): Promise<FolderLock | undefined> {
  privateFolder(dataDir)
  // Whoever may read the file could hold it, too, and keep the bot from starting.
  privateFile(join(dataDir, fileName))
  for (let waited = 0; ; waited += pauseMs) {
    const lock = take(join(dataDir, fileName))
    if (lock || waited >= patienceMs) return lock
    await sleep(pauseMs)
  }
}

/** Whether some process holds the folder now. Creates nothing. */
export function isFolderLocked(dataDir: string): boolean {
  const file = join(dataDir, fileName)
  if (!existsSync(file)) return false
  const lock = take(file)
  lock?.release()
  return lock === undefined
}

function take(file: string): FolderLock | undefined {
  const database = new BetterSqlite(file, { timeout: 0 })
  try {
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if (error instanceof BetterSqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
  return { release: () => void database.close() }
}
