import type { Insertable, Selectable } from 'kysely'
import type { Store } from '../store/index.ts'
import type { ApiKeyTable, TrustedDeviceTable } from './table.ts'

export type ApiKeyRow = Selectable<ApiKeyTable>

/** All SQL of the access domain. */
export type AuthStore = ReturnType<typeof createAuthStore>

export function createAuthStore({ db }: Pick<Store, 'db'>) {
  return {
    insertKey(row: Insertable<ApiKeyTable>): Promise<ApiKeyRow> {
      return db.insertInto('api_keys').values(row).returningAll().executeTakeFirstOrThrow()
    },
    /** Newest first. */
    listKeys(): Promise<ApiKeyRow[]> {
      return db.selectFrom('api_keys').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
    },
    async hasKeys(): Promise<boolean> {
      return (await db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()) !== undefined
    },
    findKeyByDigest(digest: string): Promise<ApiKeyRow | undefined> {
      return db
        .selectFrom('api_keys')
        .selectAll()
        .where('key_hash', '=', digest)
        .where('hash_kind', '=', 'sha256')
        .executeTakeFirst()
    },
    findOldKeysByPrefix(prefix: string): Promise<ApiKeyRow[]> {
      return db
        .selectFrom('api_keys')
        .selectAll()
        .where('key_prefix', '=', prefix)
        .where('hash_kind', '=', 'pbkdf2')
        .execute()
    },
    async rehashKey(keyId: string, digest: string): Promise<void> {
      await db
        .updateTable('api_keys')
        .set({ key_hash: digest, hash_kind: 'sha256' })
        .where('key_id', '=', keyId)
        .execute()
    },
    /** False when there is no such key. */
    async revokeKey(keyId: string, now: number): Promise<boolean> {
      const result = await db
        .updateTable('api_keys')
        .set({ revoked_at: now, updated_at: now })
        .where('key_id', '=', keyId)
        .executeTakeFirst()
      return result.numUpdatedRows > 0n
    },
    /** False when there is no such key. */
    async deleteKey(keyId: string): Promise<boolean> {
      const result = await db.deleteFrom('api_keys').where('key_id', '=', keyId).executeTakeFirst()
      return result.numDeletedRows > 0n
    },
    /** Records when keys were last used, all in one transaction; never moves a time back. */
    async touchKeys(uses: ReadonlyMap<string, number>): Promise<void> {
      await db.transaction().execute(async transaction => {
        for (const [keyId, at] of uses) {
          await transaction
            .updateTable('api_keys')
            .set({ last_used_at: at, updated_at: at })
            .where('key_id', '=', keyId)
            .where(where => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', at)]))
            .execute()
        }
      })
    },
    async renameKeyOwner(from: string, to: string): Promise<void> {
      await db.updateTable('api_keys').set({ created_by: to }).where('created_by', '=', from).execute()
    },

    async insertDevice(row: Insertable<TrustedDeviceTable>): Promise<void> {
      await db.insertInto('dashboard_trusted_devices').values(row).execute()
    },
    async hasDevice(tokenHash: string, secretHash: string, now: number): Promise<boolean> {
      const row = await db
        .selectFrom('dashboard_trusted_devices')
        .select('id')
        .where('token_hash', '=', tokenHash)
        .where('totp_secret_hash', '=', secretHash)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row !== undefined
    },
    async deleteExpiredDevices(now: number): Promise<void> {
      await db.deleteFrom('dashboard_trusted_devices').where('expires_at', '<=', now).execute()
    },
    async deleteDevices(): Promise<void> {
      await db.deleteFrom('dashboard_trusted_devices').execute()
    },
  }
}
