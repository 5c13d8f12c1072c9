/**
 * AstrBot itself names its failures by sentences alone. These are the ones that clients act upon; `$1` in a code stands
 * for the first group, in snake case. The order matters.
 */
const texts: readonly (readonly [RegExp, code: string, status: number])[] = [
  [/^Missing API key/, 'missing_credentials', 401],
  [/^(Invalid API key|Invalid token|Token expired)/, '$1', 401],
  [/API key scope/, 'insufficient_scope', 403],
  [/^(session)_id belongs to another/, '$1_of_another_user', 403],
  [/^username is reserved/, 'username_reserved', 403],
  [/^(Permission denied)/, '$1', 403],
  [/^Missing (?:or invalid )?key: (\w+)/, '$1_missing', 400],
  [/^(message|\w+_id|username)\b.* is empty/i, '$1_empty', 400],
  [/^Chat run is unavailable/, 'run_unavailable', 404],
  [/^(session|thread|project|message|persona|provider|conversation|config_\w+)\b.* not found/i, '$1_not_found', 404],
  [/not found/i, 'not_found', 404],
]

/** The code and the status that fit a sentence, if it is one of those. */
export function knownText(message: string): { code: string; status: number } | undefined {
  for (const [pattern, code, status] of texts) {
    const word = pattern.exec(message)
    if (word) return { code: code.replace('$1', (word[1] ?? '').toLowerCase().replaceAll(' ', '_')), status }
  }
  return undefined
}
