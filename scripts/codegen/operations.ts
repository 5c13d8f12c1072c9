import type { Document, Located } from './document.ts'
import { operationsOf, refName } from './document.ts'

/** Who may call an operation: nobody in particular, a caller with or without a token, a dashboard token alone, or a key with the scope too. */
type Access = 'public' | 'optional' | 'token' | 'key'

const tokenOnly = new Set(['system', 'tool', 'kb'])

/** Orders routes so that static segments win over parameters, and parameters over the rest of the path. */
export function bySpecificity(a: Located, b: Located): number {
  const rank = (path: string) => path.split('/').map(segment => (segment.startsWith('{') ? 1 : 0))
  const left = rank(a.path)
  const right = rank(b.path)
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return right.length - left.length
}

function access(document: Document, { operation }: Located): Access {
  const security = operation.security ?? document.security
  if (security.length === 0) return 'public'
  if (security.some(scheme => Object.keys(scheme).length === 0)) return 'optional'
  return tokenOnly.has(operation['x-astrbot-scope'] ?? 'system') ? 'token' : 'key'
}

/** `operations.ts`: the table of all operations, in the order in which routes must be registered. */
export function emitOperations(document: Document): string {
  const entries = operationsOf(document).sort(bySpecificity)
  const lines = entries.map(located => {
    const { path, method, operation } = located
    const slashes = (operation.parameters ?? []).filter(p => p['x-astrbot-slashes']).map(p => p.name)
    const info = {
      method: method.toUpperCase(),
      path,
      tag: operation.tags[0],
      access: access(document, located),
      ...(operation['x-astrbot-scope'] && { scope: operation['x-astrbot-scope'] }),
      ...(operation['x-astrbot-events'] && { stream: 'events' }),
      ...(operation['x-websocket'] && { stream: 'socket' }),
      ...(slashes.length > 0 && { slashes }),
      statuses: Object.keys(operation.responses).map(Number),
    }
    return `  ${operation.operationId}: ${JSON.stringify(info)},`
  })
  const tags = Map.groupBy(entries, ({ operation }) => operation.tags[0] ?? '')
  const byTag = [...tags].map(
    ([tag, list]) =>
      `  ${JSON.stringify(tag)}: ${list.map(({ operation }) => `'${operation.operationId}'`).join(' | ')}`,
  )
  const events = entries.flatMap(({ operation }) => {
    const event = operation['x-astrbot-events']
    return event?.$ref ? [`  ${operation.operationId}: components['schemas']['${refName(event.$ref)}']`] : []
  })
  const frames = entries.flatMap(({ operation }) => {
    const pair = operation['x-astrbot-frames']
    if (!pair?.client.$ref || !pair.server.$ref) return []
    const type = (ref: string) => `components['schemas']['${refName(ref)}']`
    return [`  ${operation.operationId}: { client: ${type(pair.client.$ref)}; server: ${type(pair.server.$ref)} }`]
  })
  const raw = entries.flatMap(({ operation }) =>
    operation.requestBody?.['x-astrbot-cast'] ? [`'${operation.operationId}'`] : [],
  )
  return `import type { OperationInfo } from '../operation-info.ts'
import type { components, operations } from './types.ts'

export const operationTable: Record<keyof operations, OperationInfo> = {
${lines.join('\n')}
}

/** The operations of every tag. */
export interface TagOperations {
${byTag.join('\n')}
}

/** What one event of an operation's stream looks like. */
export interface OperationEvents {
${events.join('\n')}
}

/** Operations whose body reaches the handler as it was sent: the domain casts and checks it (\`x-astrbot-cast\`). */
export type RawBodyOperations = ${raw.join(' | ') || 'never'}

/** The frames of an operation's socket. */
export interface OperationFrames {
${frames.join('\n')}
}
`
}
