import { AstrBotError } from '../errors.ts'

/**
 * A path below a workspace as its segments; backslashes count as slashes. No segments: the workspace itself.
 * @throws invalid_workspace_path for an absolute path and for `..`
 */
export function segmentsOf(path: string): string[] {
  const posix = path.replaceAll('\\', '/')
  const segments = posix.split('/').filter(segment => segment !== '' && segment !== '.')
  if (posix.startsWith('/') || /^[A-Za-z]:/.test(posix) || segments.includes('..') || posix.includes('\0'))
    throw new AstrBotError('invalid_workspace_path')
  return segments
}
