import type { ReadonlyJson } from '../json.ts'
import { texts } from './visit.ts'

/**
 * Where a path of the platform's machine is on this one, by rules such as `/app/files:/mnt/bot/files`; undefined when no
 * rule fits. Windows drives are understood on both sides.
 */
export function mapPath(path: string, rules: readonly ReadonlyJson[]): { root: string; path: string } | undefined {
  for (const rule of texts(rules)) {
    const [, from, to] = /^((?:[A-Za-z]:[\\/])?[^:]*):((?:[A-Za-z]:[\\/])?[^:]*)$/.exec(rule.trim()) ?? []
    if (!from || !to) continue
    const start = from.replace(/[\\/]+$/, '')
    const rest = path.slice(start.length)
    if (path.startsWith(start) && (rest === '' || /^[\\/]/.test(rest))) {
      const root = to.replace(/[\\/]+$/, '')
      return { root, path: root + rest.replaceAll('\\', '/') }
    }
  }
  return undefined
}
