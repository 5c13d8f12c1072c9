import { AstrBotError } from './errors.ts'

/** What a message origin is made of: `<platform>:<type>:<session>`. */
export interface MessageOrigin {
  platformId: string
  type: 'GroupMessage' | 'FriendMessage' | 'OtherMessage'
  sessionId: string
}

/** The unified message origin (UMO) of a chat session or side thread of a user. */
export function webchatUmo(username: string, sessionId: string, platformId = 'webchat'): string {
  return `${platformId}:FriendMessage:${platformId}!${username}!${sessionId}`
}

const messageTypes: readonly string[] = ['GroupMessage', 'FriendMessage', 'OtherMessage']

/**
 * Takes a UMO apart. The session may hold further colons.
 * @throws invalid_umo
 */
export function readUmo(umo: string): MessageOrigin {
  const [platformId = '', type, ...rest] = umo.split(':')
  if (type === undefined || rest.length === 0)
    throw new AstrBotError('invalid_umo', { reason: 'it needs three parts, separated by colons' })
  if (!messageTypes.includes(type))
    throw new AstrBotError('invalid_umo', { reason: `'${type}' is not a valid MessageType` })
  const sessionId = rest.join(':')
  if (platformId === '' || sessionId === '') throw new AstrBotError('invalid_umo', { reason: 'a part of it is empty' })
  return { platformId, type: type as MessageOrigin['type'], sessionId }
}

/** The UMO of an origin. */
export function umoOf({ platformId, type, sessionId }: MessageOrigin): string {
  return `${platformId}:${type}:${sessionId}`
}
