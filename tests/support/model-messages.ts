import type { TestServer } from './server.ts'

/** The messages that the model was last told. */
export function modelMessages({ models }: TestServer): { role: string; content: unknown }[] {
  const messages = models.seen.at(-1)?.body['messages']
  if (!Array.isArray(messages)) throw new Error('the model was not asked')
  return messages
}
