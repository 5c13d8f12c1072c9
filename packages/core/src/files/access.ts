/** Who asks for files: the dashboard user, who may have all of them, or an API key. */
export interface FileCaller {
  /** Owner of what the caller stores. */
  username: string
  apiKeyId: string | null
}

/**
 * How close an attachment has to be. `own`: uploaded by the caller, or part of a message in a session of its key.
 * `sendable`: those, and the dashboard's for a key that knows their id, which nobody guesses: a key may forward what it was
 * given. The dashboard reaches everything.
 */
export type Reach = 'own' | 'sendable'
