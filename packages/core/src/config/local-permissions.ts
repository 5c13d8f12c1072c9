import { isJsonObject, type JsonObject } from '../json.ts'

/**
 * Makes `provider_settings.computer_use_local_permissions` consistent, in place: without files in reach nothing can be
 * run, and what cannot run cannot reach the network.
 */
export function settlePermissions(permissions: JsonObject): void {
  for (const role of ['member', 'admin']) {
    const rights = permissions[role]
    if (!isJsonObject(rights)) continue
    if (rights.filesystem_scope === 'none') rights.allow_execution = false
    if (rights.allow_execution !== true) rights.allow_network = false
  }
}
