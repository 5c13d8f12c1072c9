import type { JsonObject } from '../../json.ts'
import type { Component } from '../message.ts'
import { idValue } from './incoming.ts'
import { mediaReference } from './media.ts'
import type { Segment } from './segment.ts'

/** One thing to send: segments, files by themselves, or a merged forward. */
export type Parcel =
  | { kind: 'message'; segments: Segment[] }
  | { kind: 'file'; name: string; file: string }
  | { kind: 'forward'; nodes: Segment[] }

/** What has to be sent to say a chain: files and merged forwards cannot stand beside other things. */
export async function parcelsOf(chain: readonly Component[]): Promise<Parcel[]> {
  const parcels: Parcel[] = []
  for (const component of chain) {
    if (component.type === 'file') {
      parcels.push({ kind: 'file', name: component.name, file: await mediaReference(component.file) })
    } else if (component.type === 'nodes') {
      parcels.push({ kind: 'forward', nodes: await Promise.all(component.nodes.map(nodeSegment)) })
    } else {
      const segment = await segmentOf(component)
      const last = parcels.at(-1)
      if (!segment) continue
      if (last?.kind === 'message') last.segments.push(segment)
      else parcels.push({ kind: 'message', segments: [segment] })
    }
  }
  return parcels.filter(parcel => parcel.kind !== 'message' || parcel.segments.some(says))
}

/** A message of nothing but quotes and blanks would be refused. */
function says({ type, data }: Segment): boolean {
  if (type === 'text') return typeof data['text'] === 'string' && data['text'].trim() !== ''
  return type !== 'reply'
}

async function segmentOf(component: Component): Promise<Segment | undefined> {
  switch (component.type) {
    case 'plain':
    case 'unknown':
      return component.text === '' ? undefined : { type: 'text', data: { text: component.text } }
    case 'image':
    case 'record':
    case 'video':
      return { type: component.type, data: { file: await mediaReference(component.file) } }
    case 'file':
      return { type: 'file', data: { file: await mediaReference(component.file), name: component.name } }
    case 'at':
      return { type: 'at', data: { qq: component.userId } }
    case 'at_all':
      return { type: 'at', data: { qq: 'all' } }
    case 'reply':
      return { type: 'reply', data: { id: component.messageId } }
    case 'face':
      return { type: 'face', data: { id: component.id } }
    case 'poke':
      return { type: 'poke', data: { type: component.kind ?? '126', id: component.userId } }
    case 'forward':
      return { type: 'forward', data: { id: component.id } }
    case 'json':
      return { type: 'json', data: { data: JSON.stringify(component.data) } }
    case 'share': {
      const { url, title, content, image } = component
      const data: JsonObject = { url, title }
      if (content !== undefined) data['content'] = content
      if (image !== undefined) data['image'] = image
      return { type: 'share', data }
    }
    case 'nodes':
      return undefined
  }
}

async function nodeSegment(node: { userId: string; name: string; content: Component[] }): Promise<Segment> {
  const content: Segment[] = []
  for (const component of node.content) {
    // Merged forwards inside of merged forwards go in as nodes of their own.
    if (component.type === 'nodes') content.push(...(await Promise.all(component.nodes.map(nodeSegment))))
    else {
      const segment = await segmentOf(component)
      if (segment) content.push(segment)
    }
  }
  const data = { user_id: idValue(node.userId), uin: idValue(node.userId), nickname: node.name, name: node.name }
  return { type: 'node', data: { ...data, content: content.map(({ type, data: inner }) => ({ type, data: inner })) } }
}
