import type { LlmMessage, LlmPart } from '../providers/model.ts'
import type { PromptSettings } from './settings.ts'

type UserContent = Extract<LlmMessage, { role: 'user' }>['content']

/** What is known of a message beside what it says. */
export interface Circumstances {
  sender: { id: string; name: string }
  /** Absent outside of groups. */
  groupName?: string | undefined
  /** Epoch milliseconds. */
  now: number
  /** What its pictures show, for models that do not see; they are left out then. */
  caption?: string | undefined
}

/** The message as the model is told it: the text, then what is known besides, then the pictures. */
export function userMessage(content: UserContent, settings: PromptSettings, about: Circumstances): LlmMessage {
  const parts: LlmPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  const texts = parts.flatMap(part => (part.type === 'text' ? [part.text] : []))
  const pictures = about.caption === undefined ? parts.filter(({ type }) => type === 'image_url') : []
  const [own = '', ...others] = texts
  const caption = about.caption === undefined ? [] : [`<image_caption>${about.caption}</image_caption>`]
  const lines = [templated(own, settings.prefix), ...others, ...caption, ...reminder(settings, about)].filter(Boolean)
  const [only = ''] = lines
  if (lines.length < 2 && pictures.length === 0) return { role: 'user', content: only }
  return { role: 'user', content: [...lines.map(text => ({ type: 'text' as const, text })), ...pictures] }
}

function templated(text: string, prefix: string): string {
  return prefix.includes('{{prompt}}') ? prefix.split('{{prompt}}').join(text) : prefix + text
}

function reminder(settings: PromptSettings, { sender, groupName, now }: Circumstances): string[] {
  const lines = [
    settings.identifier ? `User ID: ${sender.id}, Nickname: ${sender.name}` : '',
    settings.groupName && groupName ? `Group name: ${groupName}` : '',
    settings.datetime ? `Current datetime: ${dateTime(now, settings.timezone)}` : '',
  ].filter(line => line !== '')
  return lines.length > 0 ? [`<system_reminder>${lines.join('\n')}</system_reminder>`] : []
}

/** `2026-11-21 17:34 (Asia/Shanghai), Weekday: Saturday` */
export function dateTime(now: number, timezone: string): string {
  const zone = isZone(timezone) ? timezone : 'UTC'
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now)
  const { year, month, day, hour, minute, weekday } = Object.fromEntries(parts.map(({ type, value }) => [type, value]))
  return `${year}-${month}-${day} ${hour}:${minute} (${zone}), Weekday: ${weekday}`
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return name !== ''
  } catch {
    return false
  }
}
