import { type Context, createContext, Script } from 'node:vm'

/** Made when it is first needed: it takes half a megabyte. */
let made: { place: Context; script: Script } | undefined

/**
 * Does work that others shaped, such as matching a pattern of the configuration, and breaks it off when it takes too
 * long: a pattern such as `(a+)+$` would otherwise keep the whole server busy for years over forty letters. The work must
 * change nothing, as it may end anywhere. Costs a tenth of a millisecond.
 *
 * @returns undefined when it was broken off
 */
export function withinTime<T>(milliseconds: number, work: () => T): { value: T } | undefined {
  made ??= { place: createContext({ work: undefined }), script: new Script('work()') }
  const { place, script } = made
  try {
    place['work'] = work
    return { value: script.runInContext(place, { timeout: milliseconds }) }
  } catch (error) {
    // The error comes from the other context: it is no `Error` of ours.
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  } finally {
    place['work'] = undefined
  }
}
