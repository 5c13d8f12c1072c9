import { AstrBotError } from '../../errors.ts'
import { isJsonObject } from '../../json.ts'
import { globalScope, type Preferences } from '../../preferences/index.ts'
import { literally } from './glob.ts'
import { type RoutePattern, readPattern } from './pattern.ts'

const key = 'umop_config_routing'

interface Route {
  pattern: string
  profileId: string
  reads: RoutePattern | undefined
}

/**
 * Which chat uses which profile: patterns of message origins in the order in which they are tried. AstrBot keeps the same
 * table in the same place.
 */
export class Routes {
  readonly #preferences: Preferences
  #routes: readonly Route[]
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(preferences: Preferences, routes: Route[]) {
    this.#preferences = preferences
    this.#routes = routes
  }

  static async open(preferences: Preferences): Promise<Routes> {
    const stored = await preferences.get(globalScope, key)
    const entries = isJsonObject(stored) ? Object.entries(stored) : []
    const routes = entries.flatMap(([pattern, id]) => (typeof id === 'string' ? [route(pattern, id)] : []))
    return new Routes(preferences, routes)
  }

  /** Profile ids by pattern; the order of the keys is that of matching. */
  table(): Record<string, string> {
    return Object.fromEntries(this.#routes.map(({ pattern, profileId }) => [pattern, profileId]))
  }

  /** The profile of a message origin: the first pattern that matches and whose profile exists; `default` without any. */
  profileOf(umo: string, exists: (profileId: string) => boolean): string {
    const found = this.#routes.find(({ reads, profileId }) => exists(profileId) && reads?.matches(umo))
    return found?.profileId ?? 'default'
  }

  /**
   * Puts another table in place of this one.
   * @throws invalid_route_pattern, when nothing is stored
   */
  async replace(table: Readonly<Record<string, string>>): Promise<void> {
    const routes = Object.entries(table).map(([pattern, id]) => checked(route(pattern, id)))
    await this.#change(() => routes)
  }

  /**
   * Sets one route. A known pattern keeps its place; a new one for a single origin goes before those with wildcards,
   * any other to the end. `default` removes the route.
   * @throws invalid_route_pattern
   */
  async set(pattern: string, profileId: string): Promise<void> {
    if (profileId === 'default') return this.remove(pattern)
    const added = checked(route(pattern, profileId))
    await this.#change(routes => {
      const known = routes.findIndex(one => one.pattern === pattern)
      if (known >= 0) return routes.with(known, added)
      const wide = added.reads?.exact ? routes.findIndex(({ reads }) => !reads?.exact) : -1
      return routes.toSpliced(wide < 0 ? routes.length : wide, 0, added)
    })
  }

  /** Routes a single message origin, whatever characters it is made of. `default` removes its route. */
  setOrigin(umo: string, profileId: string): Promise<void> {
    return this.set(literally(umo), profileId)
  }

  /** Removes exactly this pattern, if it is there. */
  async remove(pattern: string): Promise<void> {
    await this.#change(routes => routes.filter(one => one.pattern !== pattern))
  }

  /** Removes the route that stands for a single message origin. */
  async removeOrigin(umo: string): Promise<void> {
    const patterns = [umo, literally(umo)]
    await this.#change(routes => routes.filter(({ pattern }) => !patterns.includes(pattern)))
  }

  /** Removes every route to a profile. */
  async removeProfile(profileId: string): Promise<void> {
    await this.#change(routes => routes.filter(one => one.profileId !== profileId))
  }

  /** Routes of origins that begin with `from` follow them to `to`. */
  async renameOrigins(from: string, to: string): Promise<void> {
    const [before, after] = [literally(from), literally(to)]
    await this.#change(routes =>
      routes.map(one =>
        one.pattern.startsWith(before) ? route(after + one.pattern.slice(before.length), one.profileId) : one,
      ),
    )
  }

  /** One change after the other; a change that cannot be stored is not made. */
  #change(change: (routes: readonly Route[]) => readonly Route[]): Promise<void> {
    const result = this.#queue.then(async () => {
      const routes = change(this.#routes)
      const table = Object.fromEntries(routes.map(({ pattern, profileId }) => [pattern, profileId]))
      if (JSON.stringify(table) === JSON.stringify(this.table())) return
      await this.#preferences.set(globalScope, key, table)
      this.#routes = routes
    })
    this.#queue = result.catch(() => {})
    return result
  }
}

function route(pattern: string, profileId: string): Route {
  return { pattern, profileId, reads: readPattern(pattern) }
}

function checked(one: Route): Route {
  if (!one.reads) throw new AstrBotError('invalid_route_pattern')
  return one
}
