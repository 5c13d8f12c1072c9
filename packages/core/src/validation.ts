import { AstrBotError } from './errors.ts'

/**
 * A request that breaks the contract in a way that a schema cannot say.
 * @param path where, such as `body.begin_dialogs`
 */
export function invalid(path: string, message: string): AstrBotError {
  return new AstrBotError('validation_failed', { detail: `${path}: ${message}` }, { issues: [{ path, message }] })
}
