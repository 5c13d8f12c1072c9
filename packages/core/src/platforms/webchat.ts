import { copyFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Chat } from '../chat/index.ts'
import type { Attachment, Files } from '../files/index.ts'
import type { Ids } from '../ids.ts'
import type { MessageOrigin } from '../umo.ts'
import type { PlatformAdapter, PlatformKind } from './adapter.ts'
import type { Component } from './message.ts'

type Part = Parameters<Chat['pushes']['push']>[1][number]

export interface WebchatServices {
  chat: Pick<Chat, 'pushes'>
  files: Pick<Files, 'attachments' | 'spool'>
  ids: Ids
}

/** The chat of the dashboard and of the API, as a platform that the bot can write to of its own accord. */
export function webchatKind(services: WebchatServices): PlatformKind {
  return {
    type: 'webchat',
    displayName: 'webchat',
    description: 'The chat of the dashboard and of the API',
    streaming: true,
    proactive: true,
    connect: () => new Webchat(services),
  }
}

class Webchat implements PlatformAdapter {
  readonly #services: WebchatServices

  constructor(services: WebchatServices) {
    this.#services = services
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async test(): Promise<void> {}

  async send({ sessionId }: MessageOrigin, chain: readonly Component[]): Promise<void> {
    const parts: Part[] = []
    let before: Component | undefined
    const [, user = '', session] = /^webchat!([^!]*)!(.*)$/s.exec(sessionId) ?? []
    for (const component of chain) {
      const part = await this.#partOf(component, user)
      const last = parts.at(-1)
      // A mention is written out as text, and belongs to the sentence around it; two texts stay apart.
      const isApart = before?.type === 'plain' && component.type === 'plain'
      if (part?.type === 'plain' && last?.type === 'plain' && !isApart)
        parts[parts.length - 1] = { ...part, text: last.text + part.text }
      else if (part) parts.push(part)
      before = component
    }
    if (!parts.some(part => part.type !== 'reply')) return
    await this.#services.chat.pushes.push(session ?? sessionId, parts)
  }

  async #partOf(component: Component, user: string): Promise<Part | undefined> {
    switch (component.type) {
      case 'plain':
        return component.text === '' ? undefined : { type: 'plain', text: component.text }
      case 'unknown':
        return { type: 'plain', text: component.text }
      case 'json':
        return { type: 'plain', text: JSON.stringify(component.data) }
      case 'share':
        return { type: 'plain', text: `${component.title} ${component.url}`.trim() }
      case 'at':
        return { type: 'plain', text: `@${component.name ?? component.userId} ` }
      case 'reply':
        return { type: 'reply', message_id: component.messageId, selected_text: component.text ?? '' }
      case 'nodes': {
        const lines = component.nodes.map(
          ({ name, content }) => `${name}: ${content.map(one => (one.type === 'plain' ? one.text : '')).join('')}`,
        )
        return { type: 'plain', text: lines.join('\n') }
      }
      case 'image':
      case 'record':
      case 'video':
      case 'file': {
        const found = await this.#attachmentOf(component, user)
        const shown = component.type === 'file' && component.name !== '' ? component.name : undefined
        return mediaPart(found, shown)
      }
      default:
        return undefined
    }
  }

  /** The attachment of a file; one that is none yet becomes one of the user who gets it. */
  async #attachmentOf(component: MediaComponent, user: string): Promise<Attachment> {
    const { files, ids } = this.#services
    const owner = { username: user, apiKeyId: null }
    const { attachmentId, file } = component
    if (attachmentId !== undefined) {
      const found = (await files.attachments.resolve([attachmentId], owner, 'own')).get(attachmentId)
      if (found) return found
    }
    const path = join(files.spool, `push-${ids.uuid()}`)
    const data = /^(?:data:([^;,]*)[^,]*,|base64:\/\/)(.*)$/s.exec(file)
    if (data) await writeFile(path, Buffer.from(data[2] ?? '', 'base64'))
    else if (/^https?:/i.test(file)) throw new Error('a file of the message has to be fetched before it is sent')
    else await copyFile(/^file:/i.test(file) ? fileURLToPath(file) : file, path)
    const filename = component.type === 'file' ? component.name : data ? '' : basename(file)
    const fallback = { image: 'image/png', record: 'audio/wav', video: 'video/mp4', file: undefined }[component.type]
    return files.attachments.add({ path, filename, contentType: data?.[1] || fallback }, owner)
  }
}

type MediaComponent = Extract<Component, { type: 'image' | 'record' | 'video' | 'file' }>

function mediaPart({ type, attachment_id, filename: ownName, stored_name }: Attachment, shown?: string): Part {
  const filename = shown ?? ownName
  return { type, attachment_id, filename, ...(filename !== stored_name && { stored_filename: stored_name }) }
}
