import type { ConfigSnapshot } from '../../config/index.ts'
import { isJsonObject, type Json } from '../../json.ts'
import type { Store } from '../../store/index.ts'
import { isoTime } from '../../time.ts'
import type { Tool } from '../../tools/index.ts'
import { readUmo } from '../../umo.ts'
import { groupLines } from '../store.ts'

const usual = 20
const most = 50

/** `get_group_message_history`: lets a model read what was said in the group it is asked in. */
export function groupHistoryTool(
  store: Pick<Store, 'db' | 'dialect'>,
  profileOf: (umo: string) => ConfigSnapshot,
): Tool {
  return {
    name: 'get_group_message_history',
    description:
      'Reads earlier messages of this group, newest first, as CSV with the columns id, time, role, sender, text.',
    parameters: {
      type: 'object',
      properties: {
        limit: { type: 'integer', description: `How many, at most ${most}; ${usual} when left out.` },
        before_id: { type: 'integer', description: 'Only messages older than the one with this id.' },
        keyword: { type: 'string', description: 'Only messages that contain this.' },
        sender: { type: 'string', description: 'Only messages of this person, by id or name.' },
      },
    },
    origin: 'builtin',
    fits: umo =>
      readUmo(umo).type === 'GroupMessage' && profileOf(umo).provider_ltm_settings.group_message_history_enable,
    async execute({ limit, before_id, keyword, sender }, { umo }) {
      const count = Math.min(most, Math.max(1, Math.trunc(Number(limit) || usual)))
      const filter = { before: numberOf(before_id), keyword: textOf(keyword), sender: textOf(sender) }
      const lines = await groupLines(store, umo, filter, count + 1)
      const page = lines.slice(0, count)
      const rows = page.map(line => {
        const content: unknown = JSON.parse(line.content)
        const role = isJsonObject(content) && content['type'] === 'bot' ? 'bot' : 'user'
        const cells = [
          line.id,
          isoTime(line.created_at),
          role,
          line.sender_name || line.sender_id || '',
          spokenText(content),
        ]
        return cells.map(cell).join(',')
      })
      const hasMore = lines.length > count
      return [
        'id,time,role,sender,text',
        ...rows,
        `has_more=${hasMore}`,
        ...(hasMore ? [`next_before_id=${page.at(-1)?.id}`] : []),
      ].join('\n')
    },
  }
}

function spokenText(content: unknown): string {
  const parts = isJsonObject(content) && Array.isArray(content['message']) ? content['message'] : []
  return parts
    .filter(isJsonObject)
    .map(part => (part['type'] === 'at' ? `@${part['name'] || part['target_id']}` : (part['text'] ?? '')))
    .join('')
}

function cell(value: string | number): string {
  const text = String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
