import type { Generated } from 'kysely'

export interface ApiKeyTable {
  id: Generated<number>
  key_id: string
  name: string
  /** Lower-case hex, unique. */
  key_hash: string
  /** How `key_hash` came about: `pbkdf2` rows were written by AstrBot and become `sha256` when the key is next used. */
  hash_kind: 'sha256' | 'pbkdf2'
  /** The first 12 characters of the key. */
  key_prefix: string
  /** JSON list; null means the default scopes. */
  scopes: string | null
  created_by: string
  created_at: number
  updated_at: number
  last_used_at: number | null
  expires_at: number | null
  revoked_at: number | null
}

export interface TrustedDeviceTable {
  id: Generated<number>
  token_hash: string
  totp_secret_hash: string
  created_at: number
  updated_at: number
  expires_at: number
}
