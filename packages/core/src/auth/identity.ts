/** Who is asking, and what they may do. */
export interface Identity {
  /** The dashboard user, or `api_key:<key id>`: the owner of what the caller creates. */
  username: string
  /** `['*']` for a dashboard token. */
  scopes: readonly string[]
  apiKeyId: string | null
  via: 'jwt' | 'api_key'
}

/** The credentials a request carries, as its transport found them. */
export interface Credentials {
  /** After `Bearer `: a dashboard token or an API key. Nothing else is looked at when present. */
  bearer?: string | undefined
  /** From `Authorization: ApiKey`, `api_key`, `key` (only when it begins with `abk_`) or `X-API-Key`. */
  apiKey?: string | undefined
  /** The cookie `astrbot_dashboard_jwt`. */
  cookieToken?: string | undefined
}

/** Where an attempt comes from, for rate limits. */
export interface Origin {
  /** The address attempts are counted by. */
  address: string
}
