import { type Document, type Located, operationsOf, refName } from './document.ts'

/**
 * What the client needs besides types: the interface of the by-name calls with the contract's words as doc comments,
 * a table from name to method and path, the events of streams, the paged lists, and who answers bytes.
 */
export function emitClientOperations(document: Document): string {
  const all = operationsOf(document).filter(({ operation }) => operation['x-websocket'] !== true)
  const streams = all.filter(({ operation }) => operation['x-astrbot-events'])
  const paged = all.filter(({ operation }) => operation['x-astrbot-paging'])
  return `import type { Call } from '../operations/call.ts'
import type { components, operations } from './types.ts'

/** Every operation by name. */
export interface Operations {
${all.map(emitCall).join('\n')}
}

/** By name: the method, the path and, where a key needs one, the scope. */
export const operationTable: { readonly [Name in keyof Operations]: string } = {
${all.map(one => `  ${one.operation.operationId}: '${[placeOf(one), one.operation['x-astrbot-scope'] ?? ''].join(' ').trim()}',`).join('\n')}
}

/** What one event of a stream looks like, by method and path. */
export interface StreamEvents {
${streams.map(one => `  '${placeOf(one)}': ${eventOf(one)}`).join('\n')}
}

/** The lists that come in pages: which field of \`data\` holds the items. */
export const pagedLists = {
${paged.map(({ path, operation }) => `  '${path}': '${operation['x-astrbot-paging']?.items ?? ''}',`).join('\n')}
} as const

/** Operations that answer bytes. */
export const byteOperations: readonly string[] = [
${list(all.filter(one => answers(one).bytes && !answers(one).json))}
]

/** Operations that answer JSON or bytes. */
export const mixedOperations: readonly string[] = [
${list(all.filter(one => answers(one).bytes && answers(one).json))}
]
`
}

function list(operations: Located[]): string {
  return operations.map(one => `  '${placeOf(one)}',`).join('\n')
}

function placeOf({ method, path }: Located): string {
  return `${method.toUpperCase()} ${path}`
}

function emitCall(one: Located): string {
  const { operation } = one
  const doc = [operation.summary.replace(/\.?$/, '.'), operation.description?.trim() ?? '']
  const scope = operation['x-astrbot-scope']
  doc.push([`\`${placeOf(one)}\``, ...(scope ? [`scope \`${scope}\``] : [])].join(', '))
  const text = doc.filter(Boolean).join('\n\n').replaceAll('*/', '*\u200b/')
  const comment = text
    .split('\n')
    .map(line => `   *${line ? ` ${line}` : ''}`)
    .join('\n')
  const event = operation['x-astrbot-events'] ? `, ${eventOf(one)}` : ''
  return `  /**\n${comment}\n   */\n  readonly ${operation.operationId}: Call<operations['${operation.operationId}']${event}>`
}

function eventOf({ operation }: Located): string {
  const ref = operation['x-astrbot-events']?.$ref
  return ref ? `components['schemas']['${refName(ref)}']` : 'unknown'
}

/** Whether a successful answer can be JSON, and whether it can be bytes. */
function answers({ operation }: Located): { json: boolean; bytes: boolean } {
  const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
  const media = successes.flatMap(([, response]) => Object.entries(response.content ?? {}))
  const isJson = ([type, { schema }]: (typeof media)[number]) => type === 'application/json' && schema?.format !== 'binary'
  return { json: media.some(isJson), bytes: media.some(one => one[0] !== 'text/event-stream' && !isJson(one)) }
}
