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
