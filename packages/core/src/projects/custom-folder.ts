import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { AstrBotError } from '../errors.ts'
import { isOwnData } from './own-data.ts'

/**
 * A folder a user chose as workspace, looked at before it is stored; `~` is the home of the server's account.
 * @throws custom_workspace_path_missing, invalid_workspace_path, custom_workspace_not_found, custom_workspace_not_directory, custom_workspace_no_access
 */
export async function usableFolder(dataDir: string, given: string | null | undefined): Promise<string> {
  const path = withHome(given?.trim() ?? '')
  if (path === '') throw new AstrBotError('custom_workspace_path_missing')
  if (!isAbsolute(path)) throw new AstrBotError('invalid_workspace_path')
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined) throw new AstrBotError('custom_workspace_not_found')
  if (!(await stat(real)).isDirectory()) throw new AstrBotError('custom_workspace_not_directory')
  if (await isOwnData(dataDir, real)) throw new AstrBotError('invalid_workspace_path')
  await access(real, constants.R_OK | constants.W_OK | constants.X_OK).catch(() => {
    throw new AstrBotError('custom_workspace_no_access')
  })
  return path
}

function withHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}
