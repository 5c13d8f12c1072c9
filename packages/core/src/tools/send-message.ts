import { AstrBotError } from '../errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { Component } from '../platforms/index.ts'
import { readUmo } from '../umo.ts'
import type { Tool, ToolContext } from './tool.ts'

/** Takes messages to chats. */
export interface MessageSender {
  /** Whether the bot can write to a chat by itself. */
  canReach(umo: string): boolean
  /** @throws whatever keeps the message from being taken */
  send(umo: string, components: readonly Component[]): Promise<void>
  /** Whether members may write to other chats than their own. */
  membersReachOthers(umo: string): boolean
}

const parameters: JsonObject = {
  type: 'object',
  required: ['messages'],
  properties: {
    messages: {
      type: 'array',
      description: 'The pieces of the message, in the order in which they are shown.',
      items: {
        type: 'object',
        required: ['type'],
        properties: {
          type: { type: 'string', enum: ['plain', 'image', 'record', 'video', 'file', 'mention_user'] },
          text: { type: 'string', description: 'For plain: what to say. For file: the name to show.' },
          url: { type: 'string', description: 'For image, record, video and file: an http or https address.' },
          path: { type: 'string', description: 'Not available here; use url.' },
          mention_user_id: { type: 'string', description: 'For mention_user: the id of the person.' },
        },
      },
    },
    session: {
      type: 'string',
      description: 'Another chat, as platform:type:session, or the session alone. Leave it out for the current chat.',
    },
  },
}

/** `send_message_to_user`: lets a model write to people beside its answer. */
export function createSendMessageTool(sender: MessageSender): Tool {
  return {
    name: 'send_message_to_user',
    description:
      'Sends a message to the person right now, beside your answer: media, a mention, or word from long work. ' +
      'Do not repeat in your answer what you have sent.',
    parameters,
    origin: 'builtin',
    inOrder: true,
    fits: umo => sender.canReach(umo),
    async execute({ messages, session }, context) {
      const target = targetOf(session, context)
      if (target !== context.umo && context.role !== 'admin' && !sender.membersReachOthers(context.umo)) {
        throw new Error(`Permission denied. Only admins may send to other chats. User's ID is: ${context.sender.id}.`)
      }
      const components = (Array.isArray(messages) ? messages : []).flatMap(componentOf)
      if (components.length === 0) throw new Error('there is nothing to send')
      await sender.send(target, components)
      return `Message sent to session ${target}`
    },
  }
}

/** A session alone is completed with the platform and the type of the current chat. */
function targetOf(session: Json | undefined, { umo }: ToolContext): string {
  if (typeof session !== 'string' || session.trim() === '') return umo
  const wanted = session.trim()
  try {
    readUmo(wanted)
    return wanted
  } catch (error) {
    if (!(error instanceof AstrBotError)) throw error
    const { platformId, type } = readUmo(umo)
    return `${platformId}:${type}:${wanted}`
  }
}

function componentOf(message: Json): Component[] {
  if (!isJsonObject(message)) return []
  const text = textOf(message['text'])
  switch (message['type']) {
    case 'plain':
      return text === '' ? [] : [{ type: 'plain', text }]
    case 'mention_user':
      return [{ type: 'at', userId: textOf(message['mention_user_id']) }]
    case 'file': {
      const file = addressOf(message)
      return [{ type: 'file', name: text || decodeURIComponent(new URL(file).pathname.split('/').at(-1) ?? ''), file }]
    }
    case 'image':
    case 'record':
    case 'video':
      return [{ type: message['type'], file: addressOf(message) }]
    default:
      return []
  }
}

function addressOf({ url, path }: JsonObject): string {
  const address = textOf(url)
  if (address === '' && textOf(path) !== '') throw new Error('local files cannot be sent; give a url')
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) throw new Error('url must be an http or https address')
  return address
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
