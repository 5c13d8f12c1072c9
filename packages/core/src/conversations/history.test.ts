import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LlmMessage } from '../providers/model.ts'
import { type HistoryItem, historyText, storedMessages, turnMessage } from './history.ts'

const checkpoint = (id: string): HistoryItem => ({ role: '_checkpoint', content: { id } })
const user = (content: string): HistoryItem => ({ role: 'user', content })

function there(items: HistoryItem[]): HistoryItem[] {
  return JSON.parse(historyText(storedMessages(items)))
}

test('a list comes back as it was written', () => {
  const item: fc.Arbitrary<HistoryItem> = fc.oneof(
    fc.string().map(user),
    fc.string().map(content => ({ role: 'assistant' as const, content })),
    fc.record({ role: fc.constant('tool' as const), content: fc.string(), tool_call_id: fc.string() }),
  )
  // Turns of at least one message; the last one may lack its checkpoint.
  const turns = fc.array(fc.array(item, { minLength: 1, maxLength: 4 }), { maxLength: 5 })
  fc.assert(
    fc.property(turns, fc.array(item, { maxLength: 3 }), (finished, open) => {
      const items = [...finished.flatMap((turn, i) => [...turn, checkpoint(`c${i}`)]), ...open]
      expect(there(items)).toEqual(items)
    }),
  )
})

test('checkpoints that end nothing are dropped', () => {
  expect(there([checkpoint('a'), user('x'), checkpoint('b'), checkpoint('c')])).toEqual([user('x'), checkpoint('b')])
})

test('what a turn leaves is stored in parts, reasoning before the text', () => {
  const calls = [{ id: '1', type: 'function' as const, function: { name: 'f', arguments: '{}' } }]
  const stored = (message: LlmMessage) => JSON.parse(turnMessage(message))
  const think = { type: 'think', think: 'hm', encrypted: null }
  const text = { type: 'text', text: 'yes' }
  expect(stored({ role: 'assistant', content: 'yes' })).toEqual({ role: 'assistant', content: [text] })
  expect(stored({ role: 'assistant', content: 'yes', reasoning_content: 'hm' })).toEqual({
    role: 'assistant',
    content: [think, text],
  })
  expect(stored({ role: 'assistant', content: null, reasoning_content: 'hm', tool_calls: calls })).toEqual({
    role: 'assistant',
    content: [think],
    tool_calls: calls,
  })
  expect(stored({ role: 'assistant', content: null, tool_calls: calls })).toEqual({
    role: 'assistant',
    content: null,
    tool_calls: calls,
  })
  expect(stored({ role: 'user', content: 'yes' })).toEqual({ role: 'user', content: 'yes' })
})
