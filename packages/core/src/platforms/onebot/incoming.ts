import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { Component, ForwardNode, InboundMessage } from '../message.ts'
import { type Segment, segmentsOf } from './segment.ts'

/** Asks the OneBot program for something; undefined when it does not say. */
export type Ask = (action: string, params: JsonObject) => Promise<JsonObject | undefined>

/** What a message is made of, as read from an event. */
export interface ReadContext {
  ask: Ask
  /** The chat, for questions about its files. */
  groupId: Json | undefined
  userId: Json | undefined
}

/** How deep quoted and forwarded messages are followed, and how many forwarded ones in all. */
const deepest = 3
const mostForwards = 32
/** Questions that one message makes the bot ask. */
const mostAsks = 64

/** Turns segments into components; quoted and forwarded messages are fetched. */
export async function readSegments(message: unknown, context: ReadContext): Promise<Component[]> {
  let asked = 0
  const ask: Ask = async (action, params) => (asked++ < mostAsks ? context.ask(action, params) : undefined)
  return read(segmentsOf(message), { ...context, ask, depth: 0, budget: { forwards: mostForwards } })
}

interface Reading extends ReadContext {
  depth: number
  budget: { forwards: number }
}

async function read(segments: readonly Segment[], reading: Reading): Promise<Component[]> {
  const components: Component[] = []
  for (const segment of segments) {
    const component = await readSegment(segment, reading)
    const last = components.at(-1)
    if (component.type === 'plain' && last?.type === 'plain') last.text += component.text
    else components.push(component)
  }
  return components
}

async function readSegment({ type, data }: Segment, reading: Reading): Promise<Component> {
  switch (type) {
    case 'text':
      return { type: 'plain', text: text(data['text']) }
    case 'at':
      return readAt(data)
    case 'image':
    case 'record':
    case 'video':
      return { type, file: text(data['url']) || text(data['file']) || text(data['path']) }
    case 'file':
      return readFile(data, reading)
    case 'face':
      return { type: 'face', id: text(data['id']) }
    case 'poke':
      return { type: 'poke', userId: text(data['qq']) || text(data['id']), kind: text(data['type']) || '126' }
    case 'reply':
      return readReply(data, reading)
    case 'forward':
      return readForward(data, reading)
    case 'json':
      return readJson(data)
    case 'share':
      return {
        type: 'share',
        url: text(data['url']),
        title: text(data['title']),
        ...(data['content'] !== undefined && { content: text(data['content']) }),
        ...(data['image'] !== undefined && { image: text(data['image']) }),
      }
    default:
      return { type: 'unknown', text: type }
  }
}

function readAt(data: JsonObject): Component {
  const userId = text(data['qq']) || text(data['user_id'])
  if (userId === 'all') return { type: 'at_all' }
  const name = text(data['name']).replace(/^@/, '')
  return { type: 'at', userId, ...(name !== '' && { name }) }
}

/** Files come by id; the address has to be asked for. */
async function readFile(data: JsonObject, { ask, groupId, userId }: Reading): Promise<Component> {
  const name = text(data['name']) || text(data['file_name']) || text(data['file'])
  const fileId = data['file_id'] ?? data['id'] ?? ''
  // Beside an id it is the name that somebody gave the file, and may look like any address.
  const source = fileId === '' ? text(data['file']) : ''
  const given = text(data['url']) || (/^(https?|file|base64):/.test(source) ? source : '')
  if (given !== '') return { type: 'file', name, file: given }
  const found =
    groupId === undefined
      ? await ask('get_private_file_url', { file_id: fileId, user_id: userId ?? '' })
      : await ask('get_group_file_url', { file_id: fileId, group_id: groupId, busid: data['busid'] ?? 0 })
  const address = text(found?.['url'])
  return { type: 'file', name, file: address || source }
}

async function readReply(data: JsonObject, reading: Reading): Promise<Component> {
  const messageId = text(data['id'])
  const reply: Component & { type: 'reply' } = { type: 'reply', messageId }
  if (reading.depth >= deepest || messageId === '') return reply
  const quoted = await reading.ask('get_msg', { message_id: idValue(messageId) })
  if (!quoted) return reply
  const chain = await read(segmentsOf(quoted['message']), { ...reading, depth: reading.depth + 1 })
  const sender = isJsonObject(quoted['sender']) ? quoted['sender'] : {}
  const senderId = text(sender['user_id'] ?? quoted['user_id'])
  return {
    ...reply,
    chain,
    text: plainText(chain),
    ...(senderId !== '' && { senderId }),
    ...(senderId !== '' && { senderName: senderName(sender, senderId) }),
  }
}

async function readForward(data: JsonObject, reading: Reading): Promise<Component> {
  const id = text(data['id'])
  const { budget, depth } = reading
  // Some programs send what is forwarded along; others want to be asked.
  const inline = data['content']
  if (depth >= deepest || budget.forwards <= 0) return { type: 'forward', id }
  budget.forwards--
  const answer = Array.isArray(inline)
    ? { messages: inline }
    : await reading.ask('get_forward_msg', { id, message_id: id })
  const messages = answer?.['messages'] ?? answer?.['message']
  if (!Array.isArray(messages)) return { type: 'forward', id }
  const nodes: ForwardNode[] = []
  for (const item of messages.filter(isJsonObject).slice(0, 100)) {
    const node = item['type'] === 'node' && isJsonObject(item['data']) ? item['data'] : item
    const sender = isJsonObject(node['sender']) ? node['sender'] : {}
    const userId = text(sender['user_id'] ?? node['user_id'] ?? node['uin'])
    const content = node['message'] ?? node['content']
    nodes.push({
      userId,
      name: text(sender['nickname'] ?? node['nickname'] ?? node['name']) || userId,
      content: await read(segmentsOf(content), { ...reading, depth: depth + 1 }),
    })
  }
  return nodes.length > 0 ? { type: 'nodes', nodes } : { type: 'forward', id }
}

function readJson(data: JsonObject): Component {
  const { data: card } = data
  if (isJsonObject(card)) return { type: 'json', data: card }
  try {
    const parsed: unknown = JSON.parse(text(card))
    return { type: 'json', data: isJsonObject(parsed) ? parsed : data }
  } catch {
    return { type: 'json', data }
  }
}

/** The texts of a message, without mentions and media. */
export function plainText(components: readonly Component[]): string {
  return components
    .map(component => (component.type === 'plain' ? component.text : ''))
    .join('')
    .trim()
}

/** What a person is called in a chat: the name in the group, or else their own. */
export function senderName(sender: JsonObject, fallback: string): string {
  return text(sender['card']) || text(sender['nickname']) || fallback
}

/** A text or number as text; anything else as nothing. */
export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** Ids are numbers in OneBot v11, but not in every program. */
export function idValue(id: string): string | number {
  const value = Number(id)
  return /^-?\d{1,16}$/.test(id) && Number.isSafeInteger(value) ? value : id
}

/** What the messages of an account have in common. */
export interface Account {
  platformId: string
  selfId: string
}

/** A message without its content: who says where. Undefined for events that are none. */
export function headOf(
  event: JsonObject,
  { platformId, selfId }: Account,
): Omit<InboundMessage, 'components' | 'text'> | undefined {
  const isPoke = event['post_type'] === 'notice' && event['sub_type'] === 'poke'
  if (event['post_type'] !== 'message' && !isPoke) return undefined
  const groupId = text(event['group_id'])
  const userId = text(event['user_id'])
  const isGroup = event['message_type'] === 'group' || (isPoke && groupId !== '')
  const sessionId = isGroup ? groupId : userId
  if (sessionId === '') return undefined
  const type = isGroup ? 'GroupMessage' : 'FriendMessage'
  const sender = isJsonObject(event['sender']) ? event['sender'] : {}
  const seconds = typeof event['time'] === 'number' ? event['time'] : 0
  return {
    umo: `${platformId}:${type}:${sessionId}`,
    platformId,
    adapter: 'aiocqhttp',
    type,
    sessionId,
    messageId: text(event['message_id']),
    selfId,
    sender: { id: userId, name: senderName(sender, userId) },
    ...(isGroup && { group: { id: groupId, name: text(event['group_name']) } }),
    time: seconds * 1000,
  }
}
