import { expect, test } from 'vitest'
import { type ExportedConversation, type ExportFormat, exportText } from './export.ts'

const base = { user_id: 'p:FriendMessage:1', platform_id: 'p', created_at: 0, updated_at: 0 }
const conversations: ExportedConversation[] = [
  {
    ...base,
    cid: 'one',
    title: 'Weather ✓',
    persona_id: 'poet',
    content: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'x' } },
        ],
      },
      {
        role: 'assistant',
        content: [{ type: 'think', think: 'a\nb' }],
        tool_calls: [{ type: 'function', id: '1', function: { name: 'find', arguments: '{"a":1}' } }],
      },
      { role: 'tool', content: 'rain' },
      { role: '_checkpoint', content: { id: 'c' } },
    ],
  },
  { ...base, cid: 'two', title: null, persona_id: null, content: [] },
]

async function written(list: ExportedConversation[], format: ExportFormat): Promise<string> {
  let text = ''
  for await (const piece of exportText(
    (async function* () {
      yield* list
    })(),
    format,
  ))
    text += piece
  return text
}

test('JSON Lines hold a conversation a line, without an empty one at the end', async () => {
  const text = await written(conversations, 'jsonl')
  expect(text.split('\n').map(line => JSON.parse(line))).toEqual(conversations)
})

test.each([0, 1, 2])('JSON is one array, of %i conversations too', async count => {
  const list = conversations.slice(0, count)
  expect(JSON.parse(await written(list, 'json'))).toEqual(list)
})

test('Markdown is for people', async () => {
  expect(await written(conversations, 'markdown')).toBe(`# Weather ✓

- Conversation: \`one\`
- Session: \`p:FriendMessage:1\`
- Persona: poet
- Begun: 1970-01-01T00:00:00.000Z

## user

look

*(image)*

## assistant

> a
> b

*calls* \`find({"a":1})\`

## tool

rain

# two

- Conversation: \`two\`
- Session: \`p:FriendMessage:1\`
- Begun: 1970-01-01T00:00:00.000Z`)
})
