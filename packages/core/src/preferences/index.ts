export { createPreferences, globalScope, type PreferenceScope, type Preferences } from './store.ts'
