import type { ConfigSnapshot } from '../../config/index.ts'
import type { Component, InboundMessage } from '../../platforms/index.ts'
import { offsetTime } from './line-time.ts'

const longestQuote = 200
/** Groups that are remembered; the ones that were silent longest go first. */
const mostGroups = 1000

/** What members of groups said since the bot was asked last. It is kept in memory only. */
export class GroupContext {
  readonly #lines = new Map<string, string[]>()

  /** Notes a message, whoever it is for. */
  note(message: InboundMessage, config: ConfigSnapshot): void {
    const settings = config.provider_ltm_settings
    if (message.type !== 'GroupMessage' || !settings.group_icl_enable) return
    const lines = this.#lines.get(message.umo) ?? []
    this.#lines.delete(message.umo)
    this.#lines.set(message.umo, lines)
    lines.push(lineOf(message, config.timezone))
    lines.splice(0, Math.max(0, lines.length - Math.max(1, settings.group_message_max_cnt)))
    for (const umo of this.#lines.keys()) {
      if (this.#lines.size <= mostGroups) break
      this.#lines.delete(umo)
    }
  }

  /** Takes out what was said before the latest message; that one is the question itself. */
  take(umo: string): string | undefined {
    const lines = this.#lines.get(umo)?.slice(0, -1) ?? []
    this.#lines.delete(umo)
    if (lines.length === 0) return undefined
    return [
      '<system_reminder>',
      'What was said in this group since you were asked last. It is there to know what people talk about; do not answer it.',
      '--- BEGIN CONTEXT---',
      ...lines,
      '--- END CONTEXT ---',
      '</system_reminder>',
    ].join('\n')
  }

  /** Takes the latest message of a group back: a command is no part of the talk. */
  dropLatest(umo: string): void {
    this.#lines.get(umo)?.pop()
  }

  forget(umo: string): void {
    this.#lines.delete(umo)
  }
}

function lineOf({ sender, components, selfId, time }: InboundMessage, timezone: string): string {
  const directed = components.some(part => part.type === 'at' && part.userId === selfId)
  const text = components.map(outline).join(' ').trim()
  return `[${sender.name || sender.id}/${offsetTime(time, timezone)}]: ${directed ? '⚠️[DIRECTED AT YOU] ' : ''}${text}`
}

function outline(part: Component): string {
  switch (part.type) {
    case 'plain':
    case 'unknown':
      return part.text
    case 'image':
      return '[Image]'
    case 'at':
      return `[At: ${part.name ?? part.userId}]`
    case 'at_all':
      return '[At: all]'
    case 'reply':
      return `[Quote(${part.senderName ?? part.senderId ?? ''}: ${[...(part.text ?? '')].slice(0, longestQuote).join('')})]`
    case 'share':
      return `[Shared Card: ${part.title}]`
    case 'json':
      return `[Shared Card: ${JSON.stringify(part.data).slice(0, longestQuote)}]`
    default:
      return `[${part.type}]`
  }
}
