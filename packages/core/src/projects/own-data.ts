import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { isWithin } from './within.ts'

/** Where the workspaces lie that nobody chose. */
export function workspacesFolder(dataDir: string): string {
  return join(dataDir, 'workspaces')
}

/**
 * Whether a real path is the bot's own data, configuration and secrets, and no workspace. Whatever folder a workspace
 * is, these are never part of it.
 */
export async function isOwnData(dataDir: string, path: string): Promise<boolean> {
  const data = await realpath(dataDir)
  return isWithin(data, path) && !isWithin(workspacesFolder(data), path)
}
