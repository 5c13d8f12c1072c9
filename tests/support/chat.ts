import type { Schemas } from '@astrbot/contract'
import type { Received } from './events.ts'
import type { Role, TestServer } from './server.ts'

/** Sends a message and reads the whole answer. Keys speak for `alice` when nobody is named. */
export async function turn(
  server: TestServer,
  json: Readonly<Record<string, unknown>>,
  as: Role = 'key',
): Promise<Received[]> {
  const username = as === 'token' ? {} : { username: 'alice' }
  const stream = await server.stream('sendChatMessage', { as, json: { ...username, ...json } })
  return stream.rest()
}

/** The messages of a session, oldest first. */
export async function messagesOf(
  server: TestServer,
  session_id: string,
  as: Role = 'key',
): Promise<Schemas['ChatMessage'][]> {
  return (await server.call('getChatSession', { as, params: { session_id } })).data.history
}

type Stored = { content: Schemas['ChatMessage']['content'] } | undefined

/** The text of a stored message. */
export function storedText(message: Stored): string {
  return message?.content.message.map(part => (part.type === 'plain' ? part.text : '')).join('') ?? 'no message'
}

/** Why a stored answer broke off, when it did. */
export function storedError(message: Stored): string | undefined {
  return message?.content.type === 'bot' ? message.content.error?.code : undefined
}

/** Waits until something holds. */
export async function eventually(holds: () => Promise<boolean> | boolean, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not come true in time')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
