import type { InboundMessage } from '../platforms/index.ts'

/** How platforms name the conversation that one member of a group has to itself. */
const ownSession: Readonly<Record<string, (message: InboundMessage, groupId: string) => string>> = {
  aiocqhttp: ({ sender }, group) => `${sender.id}_${group}`,
  slack: ({ sender }, group) => `${sender.id}_${group}`,
  dingtalk: ({ sender }) => sender.id,
  qq_official: ({ sender }) => sender.id,
  qq_official_webhook: ({ sender }) => sender.id,
  lark: ({ sender }, group) => `${sender.id}%${group}`,
  misskey: ({ sender, sessionId }) => `${sessionId}_${sender.id}`,
  matrix: ({ sender }, group) => `${sender.id}_${group}`,
}

/**
 * The same message in a conversation of its sender's own, where the bot talks with each member of a group alone. Other
 * platforms and private chats stay as they are.
 */
export function isolated(message: InboundMessage): InboundMessage {
  const name = Object.hasOwn(ownSession, message.adapter) ? ownSession[message.adapter] : undefined
  if (message.type !== 'GroupMessage' || !name) return message
  const sessionId = name(message, message.group?.id ?? message.sessionId)
  return { ...message, sessionId, umo: `${message.platformId}:${message.type}:${sessionId}` }
}
