/** AstrBot's HTTP contract: types, the table of operations and the error catalogue. Zod schemas live in `./schemas`, routes in `./routes`. */
export type { ConfigRule } from './config-rule.ts'
export { type ErrorCode, errorCatalogue } from './generated/errors.ts'
export {
  type OperationEvents,
  type OperationFrames,
  operationTable,
  type RawBodyOperations,
  type TagOperations,
} from './generated/operations.ts'
export type { components, operations, paths } from './generated/types.ts'
export type { OperationInfo } from './operation-info.ts'
export type { Route } from './route.ts'

import type { components } from './generated/types.ts'

/** The named types of the contract. */
export type Schemas = components['schemas']
