const shapes = /(^|[_-])(token|secret|password|(api|app|secret|access|private|aes|encrypt|subscription)_?key)$/i
const others = new Set(['key', 'deerflow_auth_header', 'msg_push_webhook_url', 'weixin_oc_context_tokens'])
const searchKeys = /^websearch_\w+_key$/
const secretHeaders = /auth|cookie|key|secret|token/i

/** Whether what stands under a key of a document is secret. `parent` is the key of the object around it. */
export function isSecretKey(key: string, parent: string): boolean {
  if (parent === 'custom_headers') return secretHeaders.test(key)
  return shapes.test(key) || others.has(key) || searchKeys.test(key)
}

/** Secrets of the dashboard that API keys neither see nor change, as paths below `dashboard`. */
export const dashboardSecrets: readonly (readonly string[])[] = [
  ['password'],
  ['pbkdf2_password'],
  ['jwt_secret'],
  ['totp', 'secret'],
  ['totp', 'recovery_code_hash'],
]
