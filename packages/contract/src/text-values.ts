/** Numbers and booleans as they stand in query strings and forms. */
export { textBoolean, textNumber } from './zod-helpers.ts'
