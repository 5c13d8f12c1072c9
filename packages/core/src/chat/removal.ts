import type { Kysely } from 'kysely'
import type { Database } from '../store/index.ts'
import type { Place } from './place.ts'
import type { ChatServices } from './services.ts'
import { deleteSessionRows } from './store.ts'

type RemovalServices = Pick<ChatServices, 'conversations' | 'sessions' | 'files' | 'routes'>

/**
 * Removes everything sessions and threads have, where nothing runs any more, in the caller's transaction.
 * @returns names for `cleanUp`, once the transaction is over
 */
export async function removePlaces(
  { files, conversations, sessions }: RemovalServices,
  transaction: Kysely<Database>,
  places: readonly Place[],
): Promise<string[]> {
  const unused: string[] = []
  for (const { id, umo, apiKeyId } of places) {
    const remove = () => deleteSessionRows(transaction, id)
    unused.push(...(await files.attachments.forget(transaction, id, apiKeyId, remove)))
    await conversations.forget(umo, transaction)
    await sessions.forget(umo, transaction)
  }
  return unused
}

/** Removes what the database does not hold: files that nothing refers to any more, and routes of what was removed. */
export async function cleanUp(
  { files, routes }: RemovalServices,
  storedNames: readonly string[],
  places: readonly Place[],
): Promise<void> {
  await files.attachments.erase(storedNames)
  for (const { umo } of places) await routes.removeOrigin(umo)
}
