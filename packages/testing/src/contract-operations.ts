import type { OpenApiDocument } from './contract-validators.ts'

/** An answer of an operation: its media types (none when it has no body) and where it stands in the document. */
export interface DeclaredAnswer {
  media: string[]
  pointer: string[]
}

/** One operation of the contract, as far as the checker needs it. */
export interface ContractOperation {
  id: string
  method: string
  path: string
  /** What is declared, by status. */
  answers: Map<number, DeclaredAnswer>
  /** The name of the type of its stream's events. */
  events: string | undefined
  /** Media types of its body. */
  body: string[]
}

interface RawAnswer {
  $ref?: string
  content?: Record<string, unknown>
}

interface RawOperation {
  operationId: string
  requestBody?: { content?: Record<string, unknown> }
  responses: Record<string, RawAnswer>
  'x-astrbot-events'?: { $ref?: string }
}

const methods = ['get', 'put', 'post', 'delete', 'patch']

/** Every operation of a document, by its id. */
export function readOperations(document: OpenApiDocument): Map<string, ContractOperation> {
  const paths = document['paths'] as Record<string, Record<string, RawOperation>>
  const components = document['components'] as { responses?: Record<string, RawAnswer> }
  const operations = new Map<string, ContractOperation>()
  for (const [path, item] of Object.entries(paths)) {
    for (const method of methods) {
      const raw = item[method]
      if (!raw) continue
      const answers = Object.entries(raw.responses).map(([status, given]): [number, DeclaredAnswer] => {
        const shared = given.$ref?.split('/').pop()
        const answer = shared === undefined ? given : components.responses?.[shared]
        const pointer =
          shared === undefined ? ['paths', path, method, 'responses', status] : ['components', 'responses', shared]
        return [Number(status), { media: Object.keys(answer?.content ?? {}), pointer }]
      })
      operations.set(raw.operationId, {
        id: raw.operationId,
        method: method.toUpperCase(),
        path,
        answers: new Map(answers),
        events: raw['x-astrbot-events']?.$ref?.split('/').pop(),
        body: Object.keys(raw.requestBody?.content ?? {}),
      })
    }
  }
  return operations
}

/**
 * Finds the operation a request was for. Of several paths that match, the one with a fixed segment earlier on wins, then
 * the longer one; a parameter takes slashes only if nothing matches without.
 */
export function operationFinder(operations: Iterable<ContractOperation>) {
  const patterns = [...operations].map(operation => {
    const segments = operation.path.split('/')
    return {
      operation,
      rank: segments.map(part => (part.startsWith('{') ? '1' : '0')).join(''),
      strict: expression(operation.path, '[^/]+'),
      wide: expression(operation.path, '.+'),
    }
  })
  patterns.sort((a, b) => compareRanks(a.rank, b.rank))
  return (method: string, target: string): ContractOperation | undefined => {
    const path = target.replace(/^https?:\/\/[^/]+/, '').split(/[?#]/)[0] ?? ''
    const own = patterns.filter(({ operation }) => operation.method === method.toUpperCase())
    return (own.find(({ strict }) => strict.test(path)) ?? own.find(({ wide }) => wide.test(path)))?.operation
  }
}

function compareRanks(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  return a.slice(0, length) === b.slice(0, length) ? b.length - a.length : a < b ? -1 : 1
}

function expression(path: string, parameter: string): RegExp {
  return new RegExp(
    `^${path
      .split(/\{\w+\}/)
      .map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join(parameter)}$`,
  )
}
