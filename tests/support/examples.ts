import { declarationOf, type OperationId } from './contract.ts'

/**
 * Bodies that the contract takes, by operation. As they name no right password and no existing session, sending one
 * changes nothing, `createApiKey` and `sendChatMessage` aside.
 */
export const bodies: Partial<Record<OperationId, Record<string, unknown>>> = {
  login: { username: 'astrbot', password: 'not the password' },
  setupAuth: { username: 'newcomer', password: 'Correct-Horse-10', confirm_password: 'Correct-Horse-10' },
  setupTotp: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', code: '000000' },
  updateAuthAccount: { password: 'not the password', new_username: 'newcomer' },
  createApiKey: { name: 'Example', scopes: ['chat'] },
  sendChatMessage: { username: 'alice', session_id: 'example', message: 'Hello' },
  updateChatSession: { display_name: 'Example' },
  batchDeleteChatSessions: { session_ids: ['no-such-id'] },
  updateChatMessage: { content: { type: 'user', message: [{ type: 'plain', text: 'Hello' }] } },
  sendChatThreadMessage: { message: 'Hello' },
  createChatThread: { session_id: 'no-such-id', parent_message_id: 1, selected_text: 'Hello' },
  updateChatProject: { title: 'Example' },
  setProviderEnabled: { enabled: true },
  setProviderEnabledById: { provider_id: 'no-such-id', enabled: true },
  updateProvider: { config: { enable: true } },
  createProviderInSource: { config: { id: 'example', model: 'example' } },
  upsertConfigRoute: { config_id: 'default' },
  renameConfigProfile: { name: 'Example' },
  updatePersona: { system_prompt: 'Example' },
  updatePersonaFolder: { name: 'Example' },
  updateSessionGroup: { name: 'Example' },
  updateConversation: { title: 'Example' },
  replaceConversationMessages: { history: [] },
  createBot: { config: { id: 'example bot', type: 'satori' } },
  updateBot: { config: { type: 'satori' } },
  updateBotById: { bot_id: 'no-such-id', config: { type: 'satori' } },
  setBotEnabled: { enabled: true },
  setBotEnabledById: { bot_id: 'no-such-id', enabled: true },
  testBotById: { bot_id: 'no-such-id' },
  registerBotType: { action: 'start' },
  sendImMessage: { umo: 'no-such-bot:FriendMessage:x', message: 'Hello' },
  sendImMessageLegacy: { umo: 'no-such-bot:FriendMessage:x', message: 'Hello' },
}

const queries: Partial<Record<OperationId, Record<string, string>>> = {
  // The contract demands it only of keys.
  listChatSessions: { username: 'alice' },
}

/** The query parameters that must be there, with values that name nothing. */
export function queryFor(id: OperationId): Record<string, string> {
  const required = (declarationOf(id).parameters ?? []).filter(
    parameter => parameter.in === 'query' && parameter.required,
  )
  const values = required.map(({ name, schema }) => [name, schema.type === 'integer' ? '1' : 'no-such-thing'])
  return { ...Object.fromEntries(values), ...queries[id] }
}
