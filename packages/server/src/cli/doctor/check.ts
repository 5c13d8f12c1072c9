/** One line of the doctor. */
export interface Finding {
  level: 'ok' | 'warning' | 'problem'
  /** What was looked at: `database`. */
  about: string
  text: string
  /** What to do about it. */
  hint?: string
}

export const ok = (about: string, text: string): Finding => ({ level: 'ok', about, text })
export const warning = (about: string, text: string, hint: string): Finding => ({ level: 'warning', about, text, hint })
export const problem = (about: string, text: string, hint: string): Finding => ({ level: 'problem', about, text, hint })

/** The words of whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
