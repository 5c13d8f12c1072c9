import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HistoryItem, historyText, storedMessages } from './history.ts'

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

test('reasoning is shown as a part of the answer', () => {
  const stored = (message: object) => ({ checkpoint_id: null, message: JSON.stringify(message) })
  const calls = [{ id: '1', type: 'function', function: { name: 'f', arguments: '{}' } }]
  const text = historyText([
    stored({ role: 'assistant', content: 'yes', reasoning_content: 'hm' }),
    stored({ role: 'assistant', content: null, reasoning_content: 'hm', tool_calls: calls }),
    stored({ role: 'user', content: 'what is "reasoning_content"?' }),
  ])
  const think = { type: 'think', think: 'hm', encrypted: null }
  expect(JSON.parse(text)).toEqual([
    { role: 'assistant', content: [think, { type: 'text', text: 'yes' }] },
    { role: 'assistant', content: [think], tool_calls: calls },
    { role: 'user', content: 'what is "reasoning_content"?' },
  ])
})
