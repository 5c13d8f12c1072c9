import { type Document, type Located, operationsOf, type Schema } from '../codegen/document.ts'
import { resolve } from './schema-walk.ts'

/** How complete the contract is. Lists hold operationIds. */
export interface ContractFacts {
  operations: string[]
  /** Operations that answer JSON with data, and those of them whose data is of any type. */
  json: string[]
  untyped: string[]
  /** Operations whose answer is bytes, text, a page, a stream or a socket. */
  other: string[]
  /** Statuses from 400 by operation. */
  errors: Map<string, number[]>
  streams: Map<string, string[]>
  sockets: Map<string, { client: number; server: number }>
  paged: Map<string, string>
  problems: string[]
}

/** Reads from the contract what the report prints, and what is not finished. */
export function factsOf(document: Document): ContractFacts {
  const facts: ContractFacts = {
    operations: [],
    json: [],
    untyped: [],
    other: [],
    errors: new Map(),
    streams: new Map(),
    sockets: new Map(),
    paged: new Map(),
    problems: [],
  }
  for (const located of operationsOf(document)) read(located, document, facts)
  return facts
}

function read({ operation }: Located, document: Document, facts: ContractFacts): void {
  const id = operation.operationId
  facts.operations.push(id)
  if (!operation.summary?.trim() || !operation.description?.trim())
    facts.problems.push(`${id} has no summary or no description`)
  const data = dataOf(operation.responses['200']?.content?.['application/json']?.schema, document)
  if (data === undefined) facts.other.push(id)
  else if (data === 'any') facts.untyped.push(id)
  else facts.json.push(id)
  facts.errors.set(
    id,
    Object.keys(operation.responses)
      .map(Number)
      .filter(status => status >= 400),
  )
  if (Object.values(operation.responses).some(response => response.content?.['text/event-stream'])) {
    const events = operation['x-astrbot-events']
    if (events) facts.streams.set(id, variants(events, document))
    else facts.problems.push(`${id} streams events that have no type`)
  }
  if (operation['x-websocket']) {
    const frames = operation['x-astrbot-frames']
    if (frames)
      facts.sockets.set(id, {
        client: variants(frames.client, document).length,
        server: variants(frames.server, document).length,
      })
    else facts.problems.push(`${id} is a socket whose frames have no type`)
  }
  const paging = operation['x-astrbot-paging']
  if (paging) facts.paged.set(id, `${paging.page}, ${paging.size} → ${paging.items || 'data'}`)
}

/** The schema of `data` in an envelope; `any` when nothing is said of it; undefined for answers without envelope. */
function dataOf(schema: Schema | undefined, document: Document): Schema | 'any' | undefined {
  if (!schema) return undefined
  const whole = resolve(schema, document)
  const own = whole.properties?.['data']
  if (own && (own.$ref !== undefined || own.type !== undefined || own.anyOf || own.oneOf)) return own
  const parts = (whole.allOf ?? []).map(part => dataOf(part, document)).filter(part => part !== undefined)
  return parts.find(part => part !== 'any') ?? (own || parts.length > 0 ? 'any' : undefined)
}

/** The kinds of a union, by the constant that tells them apart; the schema's own type for anything else. */
function variants(schema: Schema, document: Document): string[] {
  const solid = resolve(schema, document)
  const parts = solid.oneOf ?? solid.anyOf
  if (parts) return parts.flatMap(part => variants(part, document))
  const tag = Object.values(solid.properties ?? {}).find(field => resolve(field, document).const !== undefined)
  return [String(tag ? resolve(tag, document).const : (solid.type ?? 'any'))]
}
