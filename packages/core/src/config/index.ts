export { isRunnerType, runnerDefaults, runnerTypes } from './agent-runner.ts'
export { checkDocument, type DocumentCheck, documentFiles } from './check-document.ts'
export { ConfigFile } from './config-file.ts'
export {
  type ConfigCaller,
  type ConfigListener,
  Configuration,
  type ConfigurationOptions,
  type SaveRequest,
  type ShownDocument,
  type TotpGate,
} from './configuration.ts'
export {
  adminIds,
  type ConfigDocument,
  type ConfigSnapshot,
  type DashboardConfig,
  type DeepReadonly,
  defaultConfig,
} from './document.ts'
export { findEntry, idOf, objectsOf, putEntry } from './entries.ts'
export { type ConfigForm, profileForm, systemForm } from './form/profile-form.ts'
export { botForm, botStarters, providerForm, providerStarters, runtimeForms } from './form/runtime-form.ts'
export type { Language } from './language.ts'
export {
  parsePath,
  readSetting,
  ruleOf,
  type SettingPath,
  similarSettings,
  valueFromText,
  withSetting,
} from './path/setting-path.ts'
export { presentDocument } from './present.ts'
export type { ProfileInfo, Profiles } from './profiles/profiles.ts'
export { ConfigFileError, readDocument } from './read-document.ts'
export { Routes } from './routes/routes.ts'
export { ruleAt, ruleNamed } from './rules.ts'
export type { Saved } from './save/saved.ts'
export { type Warning, warningText } from './save/warnings.ts'
export { secretsIn } from './secrets/map-secrets.ts'
export { changedAddress, secretsStay, type UnmaskOptions, unmaskSettings } from './secrets/masked-settings.ts'
export { redact, unmask } from './secrets/redact.ts'
export { writeAtomically } from './write-atomically.ts'
export { offsetMinutes } from './zone-offset.ts'
