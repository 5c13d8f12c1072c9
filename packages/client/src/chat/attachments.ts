import type { Transport } from '../http/transport.ts'
import type { ChatOptions } from './options.ts'
import type { ChatInput, ChatInputPart, UploadedFile } from './types.ts'

/** A file for a message: its bytes, or an upload that is stored or on its way. */
export type Attachment = Blob | UploadedFile | PromiseLike<UploadedFile>

/**
 * The message with its attachments as parts of it. `Blob`s are uploaded with the key or token of the client, which needs
 * the scope `file`.
 */
export async function withFiles(
  transport: Transport,
  { message, attachments = [], signal }: Pick<ChatOptions, 'message' | 'attachments' | 'signal'>,
): Promise<ChatInput> {
  const parts = await Promise.all(
    attachments.map(async (attachment): Promise<ChatInputPart> => {
      const stored =
        attachment instanceof Blob
          ? // The boundary: typed by the contract.
            ((await transport.call('POST', '/api/v1/files', { body: { file: attachment }, signal })) as UploadedFile)
          : await attachment
      return { type: stored.type, attachment_id: stored.attachment_id, filename: stored.filename }
    }),
  )
  if (parts.length === 0) return message
  return [...(typeof message === 'string' ? [{ type: 'plain', text: message } as const] : message), ...parts]
}
