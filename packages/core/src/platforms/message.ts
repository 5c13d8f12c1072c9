/** Where a message belongs: the second part of a UMO. */
export type MessageType = 'GroupMessage' | 'FriendMessage' | 'OtherMessage'

/**
 * A piece of a message. Media name a file by local path, `file:`, `http(s):`, `data:` or `base64://`, and say which
 * attachment it is, where it is one.
 */
export type Component =
  | { type: 'plain'; text: string }
  | { type: 'image' | 'record' | 'video'; file: string; text?: string; attachmentId?: string }
  | { type: 'file'; name: string; file: string; attachmentId?: string }
  | { type: 'at'; userId: string; name?: string }
  | { type: 'at_all' }
  | { type: 'reply'; messageId: string; senderId?: string; senderName?: string; chain?: Component[]; text?: string }
  | { type: 'face'; id: string }
  | { type: 'poke'; userId: string; kind?: string }
  | { type: 'forward'; id: string }
  | { type: 'nodes'; nodes: ForwardNode[] }
  | { type: 'json'; data: object }
  | { type: 'share'; url: string; title: string; content?: string; image?: string }
  | { type: 'unknown'; text: string }

/** One entry of a merged forward. */
export interface ForwardNode {
  userId: string
  name: string
  content: Component[]
}

/** A message as a platform delivered it. */
export interface InboundMessage {
  /** `<platform id>:<message type>:<session id>`. */
  umo: string
  /** The id of the platform's entry in the configuration. */
  platformId: string
  /** The kind of platform, e.g. `aiocqhttp`. */
  adapter: string
  type: MessageType
  sessionId: string
  messageId: string
  /** The bot's own account. */
  selfId: string
  sender: { id: string; name: string }
  /** Only in groups. */
  group?: { id: string; name: string }
  components: Component[]
  /** What is written in the message, without mentions and media. */
  text: string
  /** Epoch milliseconds. */
  time: number
}
