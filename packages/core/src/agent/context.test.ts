import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PastTurn } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import { brief, calls, fails, Stage, says, tool, WrittenModel } from './agent.testing.ts'
import { paired } from './paired.ts'

// How conversations are kept inside a model's context.

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage[Symbol.asyncDispose]())

/** Turns of about `tokens` tokens each. */
function turns(count: number, tokens = 10): PastTurn[] {
  return Array.from({ length: count }, (_, i) => ({
    messages: [
      { role: 'user', content: `q${i}` },
      { role: 'assistant', content: `a${i}`.padEnd((tokens - 9) * 4) },
    ],
    lastId: 2 * i + 2,
  }))
}

const recalled = (count: number, tokens?: number) => ({ turns: turns(count, tokens), summary: undefined })

/** The questions that the model was told of. */
const asked = (model: WrittenModel, request = 0) =>
  brief(model.seen[request]?.messages)
    .filter(line => line.startsWith('user: '))
    .map(line => line.slice(6))

describe('turns', () => {
  it.each([
    [-1, 1, ['q0', 'q1', 'q2', 'q3', 'hello']],
    [5, 1, ['q0', 'q1', 'q2', 'q3', 'hello']],
    [4, 1, ['q1', 'q2', 'q3', 'hello']],
    [4, 3, ['q3', 'hello']],
    [4, 9, ['q3', 'hello']],
    [1, 1, ['hello']],
    [0, 1, ['hello']],
  ])('are limited to %i, %i going at a time', async (maxTurns, trimTurns, told) => {
    const model = new WrittenModel([says('ok')])
    await stage.play(model, { recalled: recalled(4), compression: { maxTurns, trimTurns } })
    expect(asked(model)).toEqual(told)
  })
})

describe('tokens', () => {
  it('are let be below the limit', async () => {
    const model = new WrittenModel([says('ok')])
    model.contextTokens = 1000
    await stage.play(model, { recalled: recalled(8, 100) })
    expect(asked(model)).toHaveLength(9)
  })

  it('over the limit cost the oldest turns, then halves of what is left', async () => {
    const model = new WrittenModel([says('ok')])
    model.contextTokens = 1000
    await stage.play(model, { recalled: recalled(9, 100), compression: { trimTurns: 2 } })
    expect(asked(model)).toEqual(['q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8', 'hello'])
    const full = new WrittenModel([says('ok')])
    full.contextTokens = 500
    await stage.play(full, { recalled: recalled(9, 100), compression: { trimTurns: 1 } })
    expect(asked(full)).toEqual(['q5', 'q6', 'q7', 'q8', 'hello'])
  })

  it('are believed as the vendor counted them', async () => {
    const model = new WrittenModel([says('ok')])
    model.contextTokens = 1000
    await stage.play(model, { recalled: recalled(4, 100), counted: 900 })
    expect(asked(model)).toEqual(['q1', 'q2', 'q3', 'hello'])
  })

  it('are checked again when a turn grows', async () => {
    const talks = tool('talks', async () => 'x'.repeat(2000))
    const model = new WrittenModel([calls([['talks', {}]]), says('ok')])
    model.contextTokens = 1000
    await stage.play(model, { recalled: recalled(6, 100), tools: [talks] })
    expect(asked(model, 0)).toHaveLength(7)
    expect(asked(model, 1)).toEqual(['q4', 'q5', 'hello'])
  })

  it('are fewer at once when the vendor says so', async () => {
    const tooLong = new AstrBotError('context_too_long')
    const model = new WrittenModel([fails(tooLong), fails(tooLong), says('ok')])
    const played = await stage.play(model, { recalled: recalled(4) })
    expect([0, 1, 2].map(i => asked(model, i).length)).toEqual([5, 3, 2])
    expect(played.status).toBe('completed')
  })

  it('that fit in no way are a failure', async () => {
    const model = new WrittenModel([fails(new AstrBotError('context_too_long'))])
    expect((await stage.play(model)).error?.code).toBe('context_too_long')
  })
})

describe('summaries', () => {
  const compression = { overflow: 'llm_compress' as const }

  it('take the place of older turns, and tell which', async () => {
    const model = new WrittenModel([says('ok')])
    model.contextTokens = 1000
    const summariser = new WrittenModel([says('they counted')], 'summariser')
    const played = await stage.play(model, { recalled: recalled(9, 100), summariser, compression })
    expect(brief(model.seen[0]?.messages).map(line => line.trim())).toEqual([
      'user: Our previous history conversation summary: they counted',
      'assistant: Acknowledged the summary of our previous conversation history.',
      'user: q8',
      'assistant: a8',
      'user: hello',
    ])
    expect(played.summary).toEqual({ text: 'they counted', upTo: 16 })
    const [, question] = summariser.seen[0]?.messages ?? []
    expect(question?.content).toMatch(/^<conversation>\nUser: q0\nAssistant: a0.*User: q7.*<\/conversation>$/s)
    expect(brief(played.messages)).toEqual(['user: hello', 'assistant: ok'])
  })

  it('take up earlier ones', async () => {
    const model = new WrittenModel([says('ok')])
    model.contextTokens = 1000
    const summariser = new WrittenModel([says('new')])
    const before = { text: 'old', upTo: 1 }
    await stage.play(model, { recalled: { turns: turns(9, 100), summary: before }, summariser, compression })
    expect(summariser.seen[0]?.messages[1]?.content).toContain('<earlier_summary>\nold\n</earlier_summary>')
    const small = new WrittenModel([says('ok')])
    const kept = await stage.play(small, { recalled: { turns: turns(1), summary: before }, summariser, compression })
    expect(asked(small)[0]).toBe('Our previous history conversation summary: old')
    expect(kept.summary).toBeUndefined()
  })

  it.each([
    ['fails', fails(new Error('no'))],
    ['says nothing', says()],
  ])('are done without when the model %s', async (_, script) => {
    const model = new WrittenModel([says('ok')])
    model.contextTokens = 1000
    const summariser = new WrittenModel([script])
    const played = await stage.play(model, { recalled: recalled(9, 100), summariser, compression })
    expect(asked(model)).toEqual(['q5', 'q6', 'q7', 'q8', 'hello'])
    expect(played.summary).toBeUndefined()
  })
})

describe('calls and results', () => {
  const call = (id: string) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } })

  it('are told in pairs only', () => {
    const messages = paired([
      { role: 'tool', tool_call_id: 'lost', content: 'x' },
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'said', tool_calls: [call('1'), call('2')] },
      { role: 'tool', tool_call_id: '2', content: 'two' },
      { role: 'assistant', content: null, tool_calls: [call('3')] },
      { role: 'user', content: 'end' },
    ])
    expect(brief(messages)).toEqual(['user: q', 'assistant: said[f]', 'tool: two', 'user: end'])
  })
})
