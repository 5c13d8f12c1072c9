import { expect, test } from 'vitest'
import { llmMessage } from './llm-message.ts'

const call = { id: '1', type: 'function', function: { name: 'f', arguments: '{}' } }
const image = { type: 'image_url', image_url: { url: 'data:,', id: 'x' } }
const text = (content: string) => ({ type: 'text', text: content })

test.each([
  [
    { role: 'user', content: 'hi' },
    { role: 'user', content: 'hi' },
  ],
  [
    { role: 'user', content: [text('a'), image, { type: 'audio_url', audio_url: { url: 'x' } }] },
    { role: 'user', content: [text('a'), { type: 'image_url', image_url: { url: 'data:,' } }, text('[Audio]')] },
  ],
  [
    { role: 'assistant', content: [{ type: 'think', think: 'hm', encrypted: null }, text('a'), text('b')] },
    { role: 'assistant', content: 'ab', reasoning_content: 'hm' },
  ],
  [
    { role: 'assistant', content: 'a', tool_calls: null },
    { role: 'assistant', content: 'a' },
  ],
  [
    { role: 'assistant', tool_calls: [{ ...call, function: { name: 'f', arguments: null }, extra_content: {} }] },
    { role: 'assistant', content: null, tool_calls: [call] },
  ],
  [
    { role: 'tool', tool_call_id: '1', content: [text('a')] },
    { role: 'tool', tool_call_id: '1', content: 'a' },
  ],
  [
    { role: 'system', content: [text('a')] },
    { role: 'system', content: 'a' },
  ],
])('%j is told as %j', (stored, told) => {
  expect(llmMessage(JSON.stringify(stored))).toEqual(told)
})
