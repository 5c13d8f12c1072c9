import type { OperationId } from './http/operation.ts'

/** Paths from before `/api/v1` that links and programs in the field still use, and the operations they lead to. */
export const legacyPaths: readonly [method: 'GET' | 'POST', path: string, operation: OperationId][] = [
  ['POST', '/api/auth/login', 'login'],
  ['POST', '/api/auth/logout', 'logout'],
  ['GET', '/api/auth/setup-status', 'getAuthSetupStatus'],
  ['POST', '/api/auth/setup', 'setupAuth'],
  ['POST', '/api/auth/setup-authenticated', 'setupAuth'],
  ['POST', '/api/auth/totp/setup', 'setupTotp'],
  ['POST', '/api/auth/totp/recovery', 'recoverTotp'],
  ['POST', '/api/auth/account/edit', 'updateAuthAccount'],
  ['GET', '/api/file/:file_token', 'getTokenFile'],
  ['GET', '/api/platform/webhook/:webhook_uuid', 'verifyPlatformWebhook'],
  ['POST', '/api/platform/webhook/:webhook_uuid', 'receivePlatformWebhook'],
  ['GET', '/api/stat/start-time', 'getStartTime'],
  ['GET', '/api/stat/versions', 'getPublicVersions'],
  ['GET', '/api/stat/version', 'getVersion'],
]
