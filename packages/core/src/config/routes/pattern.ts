import { type Glob, glob } from './glob.ts'

const messageTypes = new Set(['GroupMessage', 'FriendMessage', 'OtherMessage'])

/** `<platform id>:<message type>:<session id>`, the last of which may hold further colons; undefined without two. */
export function partsOf(text: string): [platform: string, type: string, session: string] | undefined {
  const first = text.indexOf(':')
  const second = first < 0 ? -1 : text.indexOf(':', first + 1)
  return second < 0 ? undefined : [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)]
}

/** Which message origins a route is for. */
export interface RoutePattern {
  matches(umo: string): boolean
  /** True when it is for one message origin alone. */
  exact: boolean
}

/**
 * Reads the pattern of a route; undefined when it does not have three parts. An empty part takes everything.
 * @example readPattern('telegram:GroupMessage:*')?.matches('telegram:GroupMessage:42') // true
 */
export function readPattern(pattern: string): RoutePattern | undefined {
  const parts = partsOf(pattern)?.map(part => glob(part === '' ? '*' : part))
  if (!parts) return undefined
  return {
    exact: parts.every(part => part.literal),
    matches(umo) {
      const origin = partsOf(umo)
      return origin !== undefined && messageTypes.has(origin[1]) && parts.every((part, i) => fits(part, origin[i]))
    },
  }
}

function fits(part: Glob, text: string | undefined): boolean {
  return text !== undefined && part.matches(text)
}
