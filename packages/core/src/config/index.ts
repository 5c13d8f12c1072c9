export { ConfigFile } from './config-file.ts'
export {
  adminIds,
  type ConfigDocument,
  type ConfigSnapshot,
  type DashboardConfig,
  defaultConfig,
} from './document.ts'
export { ConfigFileError, readDocument } from './read-document.ts'
export { writeAtomically } from './write-atomically.ts'
