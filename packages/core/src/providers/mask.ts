const longest = 500

// Keys in the shapes vendors give them, bearer tokens, and credentials inside of addresses.
const secrets: [RegExp, string][] = [
  [/\b(Bearer\s+)[\w.~+/=-]{8,}/gi, '$1***'],
  [/\b(sk|gsk|xai|nvapi|pk|rk)-[\w*.-]{6,}/gi, '$1-***'],
  [/\bAIza[\w-]{10,}/g, 'AIza***'],
  [/([?&](?:key|api_key|apikey|token)=)[^&\s"']+/gi, '$1***'],
  [/(\/\/)[^/\s:@]+:[^/\s@]+@/g, '$1***@'],
]

/** A vendor's words as they may be shown: on one line, at most 500 characters, keys masked. */
export function maskSecrets(text: string, keys: readonly string[]): string {
  let masked = text
  for (const key of keys) if (key.length >= 4) masked = masked.replaceAll(key, '***')
  for (const [pattern, replacement] of secrets) masked = masked.replace(pattern, replacement)
  masked = masked.replace(/\s+/g, ' ').trim()
  return masked.length > longest ? `${masked.slice(0, longest - 1)}…` : masked
}
