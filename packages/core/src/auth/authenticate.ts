import { AstrBotError } from '../errors.ts'
import { isApiKey } from './api-key-format.ts'
import type { ApiKeys } from './api-keys.ts'
import type { DashboardTokens } from './dashboard-token.ts'
import type { Credentials, Identity } from './identity.ts'
import { grants, isGrantable } from './scopes.ts'

/**
 * Who shows these credentials, given that the operation needs `scope`. A bearer value is the only one looked at, then
 * come API keys, then the cookie. Credentials are judged before rights: an unknown key never learns what it lacks.
 *
 * @throws AstrBotError `missing_credentials`, `invalid_token`, `token_expired`, `invalid_api_key`, `insufficient_scope`
 */
export async function authenticate(
  { bearer, apiKey, cookieToken }: Credentials,
  scope: string,
  { keys, tokens }: { keys: ApiKeys; tokens: DashboardTokens },
): Promise<Identity> {
  if (bearer) return isApiKey(bearer) ? byKey(bearer, scope, keys) : byToken(bearer, tokens)
  if (apiKey) return byKey(apiKey, scope, keys)
  if (cookieToken) return byToken(cookieToken, tokens)
  throw new AstrBotError('missing_credentials')
}

async function byToken(token: string, tokens: DashboardTokens): Promise<Identity> {
  return { username: await tokens.verify(token), scopes: ['*'], apiKeyId: null, via: 'jwt' }
}

async function byKey(credential: string, scope: string, keys: ApiKeys): Promise<Identity> {
  const key = await keys.verify(credential)
  if (!key) throw new AstrBotError('invalid_api_key')
  if (!isGrantable(scope) || !grants(key.scopes, scope))
    throw new AstrBotError('insufficient_scope', {}, { required_scope: scope })
  keys.noteUse(key.keyId)
  return { username: `api_key:${key.keyId}`, scopes: key.scopes, apiKeyId: key.keyId, via: 'api_key' }
}
