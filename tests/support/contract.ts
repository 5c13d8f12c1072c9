import { readFileSync } from 'node:fs'
import { type OperationInfo, type operations, operationTable } from '@astrbot/contract'
import { notBuilt } from '@astrbot/server'

export type OperationId = keyof operations

/** A schema of the contract, as far as the tests look at it. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  maxLength?: number
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema: Schema
}

interface Operation {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }>; 'x-astrbot-cast'?: boolean }
  responses: Record<string, object>
}

/** An OpenAPI document, as far as the tests look at it. */
export interface ContractDocument {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

const bundled = new URL('../../packages/contract/src/generated/openapi.json', import.meta.url)

/** The contract as it is bundled: not as the server serves it. */
export const contract = JSON.parse(readFileSync(bundled, 'utf8')) as ContractDocument

export const allOperations = Object.keys(operationTable) as OperationId[]

const missing = new Set<string>(notBuilt)

/** Operations that do their work. */
export const builtOperations = allOperations.filter(id => !missing.has(id))

/** Operations that answer 501. */
export const unbuiltOperations = allOperations.filter(id => missing.has(id))

const declared = new Map(
  Object.values(contract.paths)
    .flatMap(item => Object.values(item))
    .map(operation => [operation.operationId, operation]),
)

/** What the contract says of an operation. */
export function declarationOf(id: OperationId): Operation {
  const operation = declared.get(id)
  if (!operation) throw new Error(`the contract has no operation ${id}`)
  return operation
}

export function infoOf(id: OperationId): OperationInfo {
  return operationTable[id]
}

/** The schema of an operation's JSON body. */
export function bodySchemaOf(id: OperationId): Schema | undefined {
  return declarationOf(id).requestBody?.content['application/json']?.schema
}

/** Whether the domain casts the body before it checks it, so that it takes more than the schema says. */
export function castsBody(id: OperationId): boolean {
  return declarationOf(id).requestBody?.['x-astrbot-cast'] === true
}

/** The path of an operation with its parameters filled in; those not given get an id that nothing has. */
export function pathOf(id: OperationId, params: Readonly<Record<string, string>> = {}): string {
  return infoOf(id).path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? 'no-such-id'))
}

/** The contract with 501 declared for what is not built: what a server of today may answer. */
export function contractOfToday(): ContractDocument {
  const document = structuredClone(contract)
  for (const operation of Object.values(document.paths).flatMap(item => Object.values(item))) {
    if (missing.has(operation.operationId)) operation.responses['501'] = notImplemented
  }
  return document
}

const notImplemented = {
  description: 'This server does not carry the operation out yet.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorEnvelope' } } },
}
