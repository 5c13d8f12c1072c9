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
