import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import { AstrBotError } from '../errors.ts'
import type { Database } from '../store/index.ts'
import { type ChatCaller, ownerOf } from './access.ts'
import { attachmentIds, hasContent, parseMessage } from './message-parts.ts'
import { storedText } from './prompt.ts'
import type { ChatServices } from './services.ts'
import { findMessage } from './store.ts'
import type { MessagePart } from './types.ts'

/** The parts of a message that a caller sends, its files found. @throws message_empty */
export async function incoming(
  { files }: Pick<ChatServices, 'files'>,
  caller: ChatCaller,
  message: Schemas['ChatInput'],
): Promise<MessagePart[]> {
  const user = { username: ownerOf(caller), apiKeyId: caller.apiKeyId }
  const parts = parseMessage(message, await files.attachments.resolve(attachmentIds(message), user, 'sendable'))
  if (!hasContent(parts)) throw new AstrBotError('message_empty')
  return parts
}

/** What a message replies to: the passage it names, or else the whole message, which must be of the same place. */
export async function quoted(
  db: Kysely<Database>,
  placeId: string,
  parts: readonly MessagePart[],
): Promise<string | undefined> {
  const reply = parts.find(part => part.type === 'reply')
  if (!reply) return undefined
  if (reply.selected_text !== '') return reply.selected_text
  const id = Number(reply.message_id)
  return Number.isSafeInteger(id) ? storedText(await findMessage(db, placeId, id)) : undefined
}
