export { configuredPersonaId, isUneditedDefault, noPersona } from './default-persona.ts'
export type { PersonaFolders } from './folders.ts'
export { createPersonas, type PersonaChanges, type Personas } from './personas.ts'
export type { Persona } from './views.ts'
