import { type Document, type Located, methods, operationsOf, refName } from './document.ts'

/**
 * What the client needs besides types: the interface of the by-name calls with the contract's words as doc comments,
 * a table from name to method and path, the events of streams, the paged lists, and who answers bytes.
 */
export function emitClientOperations(document: Document): string {
  const all = operationsOf(document).filter(({ operation }) => operation['x-websocket'] !== true)
  const streams = all.filter(({ operation }) => operation['x-astrbot-events'])
  const asked = all.filter(({ operation }) => !operation['x-astrbot-events'])
  const paged = all.filter(({ operation }) => operation['x-astrbot-paging'])
  return `import type { Call } from '../operations/call.ts'
import type { components } from './types.ts'

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

/** The paths by method, streams aside: what the calls by path take. Written out, so that types need not search for it. */
export interface PathsByVerb {
${methods
  .map(
    method =>
      `  ${method}:\n${asked
        .filter(one => one.method === method)
        .map(one => `    | '${one.path}'`)
        .join('\n')}`,
  )
  .join('\n')}
}

/** The lists that come in pages, and which field of \`data\` holds their items. */
export interface PagedLists {
${paged.map(one => `  '${one.path}': '${pagedField(one)}'`).join('\n')}
}

/** Every field that holds the items of a page. */
export const pagedFields: readonly string[] = [${[...new Set(paged.map(one => `'${pagedField(one)}'`))].join(', ')}]

/** The paths below \`/api/v1/\` that answer bytes, or may. */
export const bytePaths: readonly string[] = [
${[...new Set(all.filter(answersBytes).map(one => `  '${one.path.replace('/api/v1/', '')}',`))].join('\n')}
]
`
}

function pagedField({ operation }: Located): string {
  return operation['x-astrbot-paging']?.items ?? ''
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
  return `  /**\n${comment}\n   */\n  readonly ${operation.operationId}: Call<'${operation.operationId}'${event}>`
}

function eventOf({ operation }: Located): string {
  const ref = operation['x-astrbot-events']?.$ref
  return ref ? `components['schemas']['${refName(ref)}']` : 'unknown'
}

/** Whether a successful answer can be something else than JSON or a stream of events. */
function answersBytes({ operation }: Located): boolean {
  const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
  const media = successes.flatMap(([, response]) => Object.entries(response.content ?? {}))
  return media.some(([type, { schema }]) => {
    return type !== 'text/event-stream' && (type !== 'application/json' || schema?.format === 'binary')
  })
}
