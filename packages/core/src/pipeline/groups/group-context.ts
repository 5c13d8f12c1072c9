import type { ConfigSnapshot } from '../../config/index.ts'
import type { Component, InboundMessage } from '../../platforms/index.ts'
import { offsetTime } from './line-time.ts'

const longestQuote = 200
/** Groups that are remembered; the ones that were silent longest go first. */
const mostGroups = 1000

interface Line {
  text: string
}

/** What members of groups said since the bot was asked last. It is kept in memory only. */
export class GroupContext {
  readonly #lines = new Map<string, Line[]>()
  readonly #lineOf = new WeakMap<InboundMessage, Line>()

  /** Notes a message, whoever it is for. */
  note(message: InboundMessage, config: ConfigSnapshot): void {
    const settings = config.provider_ltm_settings
    if (message.type !== 'GroupMessage' || !settings.group_icl_enable) return
    const lines = this.#lines.get(message.umo) ?? []
    this.#lines.delete(message.umo)
    this.#lines.set(message.umo, lines)
    const line = { text: lineOf(message, config.timezone) }
    this.#lineOf.set(message, line)
    lines.push(line)
    lines.splice(0, Math.max(0, lines.length - Math.max(1, settings.group_message_max_cnt)))
    for (const umo of this.#lines.keys()) {
      if (this.#lines.size <= mostGroups) break
      this.#lines.delete(umo)
    }
  }

  /** Takes out what was said before a question, and the question. What came after it is left for the next one. */
  take(umo: string, question: InboundMessage): string | undefined {
    const all = this.#lines.get(umo) ?? []
    const lines = all.splice(0, this.#place(all, question) + 1).slice(0, -1)
    if (all.length === 0) this.#lines.delete(umo)
    if (lines.length === 0) return undefined
    return [
      '<system_reminder>',
      'What was said in this group since you were asked last. It is there to know what people talk about; do not answer it.',
      '--- BEGIN CONTEXT---',
      ...lines.map(({ text }) => text),
      '--- END CONTEXT ---',
      '</system_reminder>',
    ].join('\n')
  }

  /** Takes a message back: a command is no part of the talk. */
  drop(umo: string, message: InboundMessage): void {
    const all = this.#lines.get(umo) ?? []
    const place = this.#place(all, message)
    if (place !== -1) all.splice(place, 1)
  }

  forget(umo: string): void {
    this.#lines.delete(umo)
  }

  #place(lines: readonly Line[], message: InboundMessage): number {
    const line = this.#lineOf.get(message)
    return line ? lines.indexOf(line) : -1
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
