import type { Clock } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { Ids } from '../ids.ts'
import { fromJsonColumn, toJsonColumn } from '../store/index.ts'
import { isoTime, isoTimeOrNull } from '../time.ts'
import { astrBotKeyHash, isApiKey, keyDigest, keyPrefix, makeApiKey } from './api-key-format.ts'
import { expiryOf } from './expiry.ts'
import { KeyUses } from './key-uses.ts'
import { sameText } from './same-text.ts'
import { defaultScopes, normaliseScopes } from './scopes.ts'
import type { ApiKeyRow, AuthStore } from './store.ts'
import type { ApiKeyView, CreateApiKeyRequest, CreatedApiKey } from './types.ts'

/** A key that was shown and is good. */
export interface VerifiedKey {
  keyId: string
  scopes: string[]
}

/** The long-lived keys of programs. */
export class ApiKeys {
  readonly #store: AuthStore
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #uses: KeyUses

  constructor(store: AuthStore, clock: Clock, ids: Ids) {
    this.#store = store
    this.#clock = clock
    this.#ids = ids
    this.#uses = new KeyUses(clock, uses => store.touchKeys(uses))
  }

  /** Makes a key and answers it in full, which happens only here. */
  async create(request: CreateApiKeyRequest, createdBy: string): Promise<CreatedApiKey> {
    const scopes = normaliseScopes(request.scopes)
    const now = this.#clock.now()
    const expiresAt = expiryOf(request, now)
    const key = makeApiKey(this.#ids)
    const row = await this.#store.insertKey({
      key_id: this.#ids.uuid(),
      name: request.name?.trim() || 'Untitled API Key',
      key_hash: keyDigest(key),
      hash_kind: 'sha256',
      key_prefix: keyPrefix(key),
      scopes: toJsonColumn(scopes),
      created_by: createdBy,
      created_at: now,
      updated_at: now,
      last_used_at: null,
      expires_at: expiresAt,
      revoked_at: null,
    })
    return { ...this.#view(row), api_key: key }
  }

  /** Every key, newest first, revoked and expired ones included. */
  async list(): Promise<ApiKeyView[]> {
    return (await this.#store.listKeys()).map(row => this.#view(row))
  }

  /** @throws AstrBotError `api_key_not_found` */
  async revoke(keyId: string): Promise<void> {
    if (!(await this.#store.revokeKey(keyId, this.#clock.now()))) throw new AstrBotError('api_key_not_found')
  }

  /** @throws AstrBotError `api_key_not_found` */
  async delete(keyId: string): Promise<void> {
    if (!(await this.#store.deleteKey(keyId))) throw new AstrBotError('api_key_not_found')
    this.#uses.forget(keyId)
  }

  /** The key behind a credential; undefined when it is unknown, revoked or expired. */
  async verify(credential: string): Promise<VerifiedKey | undefined> {
    if (!isApiKey(credential)) return undefined
    const row = (await this.#store.findKeyByDigest(keyDigest(credential))) ?? (await this.#adopt(credential))
    if (!row || row.revoked_at !== null || this.#isExpired(row)) return undefined
    return { keyId: row.key_id, scopes: readScopes(row) ?? [...defaultScopes] }
  }

  /** Notes that a verified key was used for something it may do. */
  noteUse(keyId: string): void {
    this.#uses.note(keyId)
  }

  /** Writes what is still only in memory. */
  flush(): Promise<void> {
    return this.#uses.flush()
  }

  /**
   * A key whose hash AstrBot wrote. That hash takes 100000 rounds, so it is computed only for a key whose first
   * characters are on file, and once: a match is stored anew under the quick digest.
   */
  async #adopt(credential: string): Promise<ApiKeyRow | undefined> {
    const candidates = await this.#store.findOldKeysByPrefix(keyPrefix(credential))
    if (candidates.length === 0) return undefined
    const hash = await astrBotKeyHash(credential)
    const row = candidates.find(candidate => sameText(candidate.key_hash, hash))
    if (row) await this.#store.rehashKey(row.key_id, keyDigest(credential))
    return row
  }

  #isExpired(row: ApiKeyRow): boolean {
    return row.expires_at !== null && row.expires_at <= this.#clock.now()
  }

  #view(row: ApiKeyRow): ApiKeyView {
    const used = this.#uses.pending(row.key_id)
    return {
      key_id: row.key_id,
      name: row.name,
      key_prefix: row.key_prefix,
      scopes: readScopes(row) ?? [],
      created_by: row.created_by,
      created_at: isoTime(row.created_at),
      updated_at: isoTime(Math.max(row.updated_at, used ?? 0)),
      last_used_at: isoTimeOrNull(used ?? row.last_used_at),
      expires_at: isoTimeOrNull(row.expires_at),
      revoked_at: isoTimeOrNull(row.revoked_at),
      is_revoked: row.revoked_at !== null,
      is_expired: this.#isExpired(row),
    }
  }
}

function readScopes(row: ApiKeyRow): string[] | undefined {
  if (row.scopes === null) return undefined
  const value = fromJsonColumn(row.scopes)
  return Array.isArray(value) ? value.filter(scope => typeof scope === 'string') : undefined
}
