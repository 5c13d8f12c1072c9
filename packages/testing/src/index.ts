/** What the tests of all packages share. */
export { type ContractChecker, createContractChecker, type Exchange } from './contract-checker.ts'
export {
  type ContractValidators,
  createValidators,
  type OpenApiDocument,
  type Validate,
} from './contract-validators.ts'
export { type Coverage, createCoverage, readCoverage } from './coverage.ts'
export { printCoverage } from './coverage-table.ts'
export { type ManualClock, manualClock } from './manual-clock.ts'
export { type ModelServer, type SeenRequest, startModelServer } from './model-server/server.ts'
export { type PostgresServer, startPostgres } from './postgres.ts'
export { sequentialIds } from './sequential-ids.ts'
export { type SeenCall, startVendorServer, type VendorServer } from './vendor-server.ts'
