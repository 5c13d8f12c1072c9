import type { Schemas } from '@astrbot/contract'
import type { HistoryItem } from './history.ts'

export type ExportedConversation = Schemas['ConversationExport']
export type ExportFormat = 'jsonl' | 'json' | 'markdown'

/** A file with conversations, piece by piece: JSON Lines, one JSON array, or Markdown for people. */
export async function* exportText(
  conversations: AsyncIterable<ExportedConversation>,
  format: ExportFormat,
): AsyncGenerator<string> {
  const [before, between, after] = format === 'json' ? ['[', ',', ']'] : ['', format === 'jsonl' ? '\n' : '\n\n', '']
  yield before
  let lead = ''
  for await (const conversation of conversations) {
    yield lead + (format === 'markdown' ? markdown(conversation) : JSON.stringify(conversation))
    lead = between
  }
  yield after
}

function markdown({ cid, user_id, title, persona_id, created_at, content }: ExportedConversation): string {
  const facts = [
    `- Conversation: \`${cid}\``,
    `- Session: \`${user_id}\``,
    ...(persona_id ? [`- Persona: ${persona_id}`] : []),
    `- Begun: ${new Date(created_at * 1000).toISOString()}`,
  ]
  const messages = content.flatMap(item => {
    const text = item.role === '_checkpoint' ? '' : spoken(item)
    return text === '' ? [] : [`## ${item.role}`, text]
  })
  return [`# ${title || cid}`, facts.join('\n'), ...messages].join('\n\n')
}

function spoken(item: Exclude<HistoryItem, { role: '_checkpoint' }>): string {
  const { content } = item
  const texts = Array.isArray(content)
    ? content.map(part => {
        if (part.type === 'text') return part.text
        return part.type === 'think' ? part.think.replace(/^/gm, '> ') : `*(${part.type.replace('_url', '')})*`
      })
    : [content ?? '']
  const calls =
    item.role === 'assistant'
      ? (item.tool_calls ?? []).map(({ function: call }) => `*calls* \`${call.name}(${call.arguments ?? ''})\``)
      : []
  return [...texts, ...calls].filter(text => text !== '').join('\n\n')
}
