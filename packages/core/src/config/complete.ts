import type { JsonObject } from '../json.ts'
import { completeRunner } from './agent-runner.ts'
import { conform } from './conform.ts'
import { type ConfigDocument, defaultConfig } from './document.ts'
import { settlePermissions } from './local-permissions.ts'

/**
 * A document with every key of the default tree. This is the boundary between any JSON object and the typed document:
 * `conform` makes the type true.
 */
export function completeDocument(document: JsonObject): ConfigDocument {
  const complete = conform(defaultConfig, document) as unknown as ConfigDocument
  complete.agent_runner = completeRunner(document.agent_runner)
  settlePermissions(complete.provider_settings.computer_use_local_permissions)
  return complete
}
