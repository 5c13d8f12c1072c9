import type { TestServer } from './server.ts'

/** The messages that the model was last told. */
export function modelMessages({ models }: TestServer): { role: string; content: unknown }[] {
  const messages = models.seen.at(-1)?.body['messages']
  if (!Array.isArray(messages)) throw new Error('the model was not asked')
  return messages.map(({ role, content }) => ({ role, content: written(content) }))
}

/** A message to a model, as one text where it is only text, without what the server adds to remind of the time. */
export function written(content: unknown): unknown {
  if (!Array.isArray(content)) return content
  const parts = content.filter(part => !String(part?.text).startsWith('<system_reminder>'))
  return parts.every(({ type }) => type === 'text') ? parts.map(({ text }) => text).join('\n') : parts
}
