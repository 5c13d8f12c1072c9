import type { Schemas } from '@astrbot/contract'
import { type ConfigFile, idOf, objectsOf } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import { type Attachment, type FileCaller, type Files, plainName } from '../files/index.ts'
import { readUmo } from '../umo.ts'
import type { Component } from './message.ts'
import type { Platforms } from './platforms.ts'

export interface ImServices {
  platforms: Pick<Platforms, 'find' | 'send'>
  files: Pick<Files, 'attachments'>
  config: Pick<ConfigFile, 'get'>
}

/** Messages to people through whichever bot. */
export class Im {
  readonly #services: ImServices

  constructor(services: ImServices) {
    this.#services = services
  }

  /** The ids of all configured bots, disabled ones included. */
  botIds(): string[] {
    const ids = objectsOf(this.#services.config.get().platform).map(idOf)
    return [...new Set(ids.filter(id => id !== ''))]
  }

  /**
   * Says something in a chat, and answers once the platform has taken it.
   * @throws invalid_umo, bot_not_running, message_empty, attachment_not_found, file_not_found, upstream_failed
   */
  async send(caller: FileCaller, umo: string, message: Schemas['ImMessageRequest']['message']): Promise<void> {
    const { platforms } = this.#services
    const origin = readUmo(umo)
    if (!platforms.find(origin.platformId)) throw new AstrBotError('bot_not_running', { id: origin.platformId })
    const chain = await this.#chainOf(caller, message)
    if (!chain.some(component => component.type !== 'reply')) throw new AstrBotError('message_empty')
    await platforms.send(origin, chain)
  }

  async #chainOf(caller: FileCaller, message: Schemas['ImMessageRequest']['message']): Promise<Component[]> {
    if (typeof message === 'string') {
      const text = message.trim()
      return text === '' ? [] : [{ type: 'plain', text }]
    }
    const { attachments } = this.#services.files
    const ids = message.flatMap(part => ('attachment_id' in part ? [part.attachment_id] : []))
    const found = await attachments.resolve(ids, caller, 'sendable')
    const chain: Component[] = []
    for (const part of message) {
      if ('attachment_id' in part) {
        chain.push(await this.#mediaOf(found.get(part.attachment_id), part.filename))
      } else if (part.type === 'reply') {
        const text = part.selected_text ?? ''
        chain.push({ type: 'reply', messageId: String(part.message_id), ...(text !== '' && { text }) })
      } else if (part.text !== '') chain.push({ type: 'plain', text: String(part.text) })
    }
    return chain
  }

  /** The kind of the stored file wins over the one that was named. */
  async #mediaOf(row: Attachment | undefined, shownName: string | null | undefined): Promise<Component> {
    if (!row) throw new AstrBotError('attachment_not_found')
    const { path: file } = await this.#services.files.attachments.file(row)
    const { type, attachment_id: attachmentId } = row
    if (type !== 'file') return { type, file, attachmentId }
    return { type, name: plainName(shownName ?? '') || row.filename, file, attachmentId }
  }
}
