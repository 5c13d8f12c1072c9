import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'

/**
 * The one way from a name that somebody sent to a path on disk: the real path of `path` below `root`, or undefined when
 * it leads outside, by `..`, as an absolute path, or through a symbolic link. What does not exist yet is judged by the
 * nearest folder that does. The root itself may be a link; it is trusted. It is never the answer.
 *
 * @example await safePath('/data/skills', 'weather/SKILL.md') // '/data/skills/weather/SKILL.md'
 * @example await safePath('/data/skills', '../cmd_config.json') // undefined
 */
export async function safePath(root: string, path: string): Promise<string | undefined> {
  if (path.includes('\0') || isAbsolute(path)) return undefined
  const realRoot = await realpath(root).catch(() => undefined)
  if (realRoot === undefined) return undefined
  const wanted = resolve(realRoot, path)
  if (!isBelow(realRoot, wanted)) return undefined
  const real = await nearestReal(wanted)
  return real !== undefined && isBelow(realRoot, real) ? real : undefined
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The real path, with what does not exist appended as it is. A link that leads nowhere is not missing: it is refused. */
async function nearestReal(path: string): Promise<string | undefined> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!isMissing(error)) return undefined
    const dangling = await lstat(path).then(
      () => true,
      () => false,
    )
    const parent = dirname(path)
    if (dangling || parent === path) return undefined
    const realParent = await nearestReal(parent)
    return realParent === undefined ? undefined : join(realParent, basename(path))
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
