import { type ContractOperation, operationFinder, readOperations } from './contract-operations.ts'
import { type ContractValidators, createValidators, type OpenApiDocument } from './contract-validators.ts'
import { type Coverage, createCoverage } from './coverage.ts'

/** One request and its answer. Either `operationId` or `method` and `path` say which operation it was. */
export interface Exchange {
  operationId?: string
  method?: string
  path?: string
  status: number
  /** The `Content-Type` of the answer. */
  contentType?: string | null
  /** The answer: parsed JSON; for a stream its text or the list of its events; anything for bytes. */
  body?: unknown
  /** The JSON that was sent. It is checked when the server took it. */
  requestBody?: unknown
}

export interface ContractChecker {
  /** What breaks the contract, a line each; empty when nothing does. An answer that keeps it counts as covered. */
  check(exchange: Exchange): string[]
  /** The operation of a request, as the contract's paths say. */
  find(method: string, path: string): string | undefined
  coverage: Coverage
}

/**
 * Holds live traffic against the contract, with a validator that shares no code with the server's own checks.
 * @param document the bundled document, `@astrbot/contract/openapi.json`
 */
export function createContractChecker(
  document: OpenApiDocument,
  coverage: Coverage = createCoverage(),
): ContractChecker {
  const operations = readOperations(document)
  const find = operationFinder(operations.values())
  const validators = createValidators(document)
  return {
    coverage,
    find: (method, path) => find(method, path)?.id,
    check(exchange) {
      const operation =
        exchange.operationId === undefined
          ? find(exchange.method ?? '', exchange.path ?? '')
          : operations.get(exchange.operationId)
      if (!operation)
        return [`the contract has no operation ${exchange.operationId ?? `${exchange.method} ${exchange.path}`}`]
      const problems = [
        ...requestProblems(operation, exchange, validators),
        ...answerProblems(operation, exchange, validators),
      ]
      if (problems.length === 0) coverage.record(operation.id, exchange.status)
      return problems.map(problem => `${operation.id} ${exchange.status}: ${problem}`)
    },
  }
}

function requestProblems(operation: ContractOperation, exchange: Exchange, validators: ContractValidators): string[] {
  if (exchange.requestBody === undefined || exchange.status >= 400 || !operation.body.includes('application/json'))
    return []
  const { path, method } = operation
  const schema = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema']
  return validators
    .at(...schema)(exchange.requestBody)
    .map(problem => `took a body that the contract refuses: ${problem}`)
}

function answerProblems(operation: ContractOperation, exchange: Exchange, validators: ContractValidators): string[] {
  const declared = operation.answers.get(exchange.status)
  if (!declared) return [`the status is not declared (${[...operation.answers.keys()].join(', ')} are)`]
  const type = exchange.contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (declared.media.length === 0) return isEmpty(exchange.body) ? [] : ['answered a body where none is declared']
  const media = declared.media.find(candidate => matches(candidate, type))
  if (media === undefined)
    return [`the content type ${type || '(none)'} is not declared (${declared.media.join(', ')})`]
  if (type === 'text/event-stream') return streamProblems(operation, exchange.body, validators)
  if (media !== 'application/json') return []
  return validators.at(...declared.pointer, 'content', media, 'schema')(exchange.body)
}

/** Whether a declared media type, which may be a range such as `image/*`, takes this one. */
function matches(declared: string, type: string): boolean {
  return declared === type || declared === '*/*' || (declared.endsWith('/*') && type.startsWith(declared.slice(0, -1)))
}

function isEmpty(body: unknown): boolean {
  return body === undefined || body === null || body === '' || (body instanceof Uint8Array && body.length === 0)
}

function streamProblems(operation: ContractOperation, body: unknown, validators: ContractValidators): string[] {
  if (operation.events === undefined) return ['the events of the stream have no type']
  const events = typeof body === 'string' ? eventsOf(body) : Array.isArray(body) ? body : []
  const validate = validators.at('components', 'schemas', operation.events)
  return events.flatMap((event, i) => {
    const problems = validate(event)
    return problems.length === 0 ? [] : [`event ${i} ${JSON.stringify(event).slice(0, 200)}: ${problems.join('; ')}`]
  })
}

/** The JSON of the `data` of every event of an event stream. */
function eventsOf(text: string): unknown[] {
  return text.split(/\r?\n\r?\n/).flatMap(block => {
    const data = block
      .split(/\r?\n/)
      .filter(line => line.startsWith('data:'))
      .map(line => line.slice(5).replace(/^ /, ''))
    return data.length === 0 ? [] : [JSON.parse(data.join('\n')) as unknown]
  })
}
