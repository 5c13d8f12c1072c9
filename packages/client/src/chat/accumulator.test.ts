import { describe, expect, it } from 'vitest'
import { complete, end, plain, run, saved, snapshot, started, stats, turn, userSaved } from '../../tests/chat-events.ts'
import { createAccumulator } from './accumulator.ts'
import type { ChatEvent } from './types.ts'

function accumulate(...events: ChatEvent[]) {
  const state = createAccumulator({})
  const pieces = events.map(event => state.add(event))
  return { ...state.answer, pieces, failure: state.failure }
}

const call = (id: string, more: object = {}) =>
  plain(JSON.stringify({ id, name: 'clock', args: { zone: 'UTC' }, ts: 1, ...more }), false, 'tool_call')
const result = (id: string, more: object = {}) =>
  plain(JSON.stringify({ id, ts: 2, result: 'noon', ...more }), false, 'tool_call_result')

describe('createAccumulator', () => {
  it('puts a streamed turn together', () => {
    expect(accumulate(...turn)).toMatchObject({
      text: 'Hello',
      pieces: ['', '', '', 'Hel', 'lo', '', '', '', ''],
      sessionId: 's-1',
      runId: run,
      checkpointId: 'c-1',
      userMessageId: 7,
      messageIds: [8],
      stats: { token_usage: { output: 7 } },
      parts: [{ type: 'plain', text: 'Hello' }],
      failure: undefined,
    })
  })

  it('adds what complete has more, and ignores one that says something else', () => {
    expect(accumulate(plain('Hel'), complete('Hello'))).toMatchObject({ text: 'Hello', pieces: ['Hel', 'lo'] })
    expect(accumulate(complete('Hello'))).toMatchObject({ text: 'Hello', pieces: ['Hello'] })
    expect(accumulate(plain('Hello'), complete('Other'))).toMatchObject({ text: 'Hello' })
  })

  it('replaces a streamed text by a whole one', () => {
    expect(accumulate(plain('Hel'), plain('Hello', false))).toMatchObject({ text: 'Hello', pieces: ['Hel', 'lo'] })
    expect(accumulate(plain('one'), plain('two', false))).toMatchObject({ text: 'two', parts: [{ text: 'two' }] })
  })

  it('keeps whole texts apart that are messages of their own', () => {
    expect(accumulate(plain('one', false), saved(8), plain('two', false), saved(9))).toMatchObject({
      text: 'onetwo',
      parts: [{ text: 'one' }, { text: 'two' }],
      messageIds: [8, 9],
    })
  })

  it('collects thinking, from pieces or from complete', () => {
    const thinking = accumulate(
      plain('Hm', true, 'reasoning'),
      plain('m', true, 'reasoning'),
      plain('Yes'),
      complete('Yes', 'Hmm'),
    )
    expect(thinking).toMatchObject({ reasoning: 'Hmm', text: 'Yes', parts: [{ think: 'Hmm' }, { text: 'Yes' }] })
    expect(accumulate(plain('Yes'), complete('Yes', 'Hmm'))).toMatchObject({
      reasoning: 'Hmm',
      parts: [{ think: 'Hmm' }, {}],
    })
  })

  it('puts tool calls between texts, and their results into them', () => {
    const answer = accumulate(plain('Wait'), call('a'), result('a'), plain('Noon'), complete('WaitNoon'))
    expect(answer.text).toBe('WaitNoon')
    expect(answer.toolCalls).toEqual([
      { id: 'a', name: 'clock', args: { zone: 'UTC' }, ts: 1, result: 'noon', finished_ts: 2 },
    ])
    expect(answer.parts.map(part => part.type)).toEqual(['plain', 'tool_call', 'plain'])
  })

  it('takes a call twice as one, a result without a call, and a result that is no text', () => {
    expect(accumulate(call('a'), call('a', { name: 'watch' })).toolCalls).toMatchObject([{ id: 'a', name: 'watch' }])
    expect(accumulate(result('b', { result: { hour: 12 } })).toolCalls).toEqual([
      { id: 'b', result: '{"hour":12}', finished_ts: 2 },
    ])
  })

  it.each(['', 'no json', '[]', '{}', '{"id":""}', '{"id":5}', 'null'])('ignores a tool call that says %j', data => {
    expect(accumulate(plain(data, false, 'tool_call'), plain(data, false, 'tool_call_result'))).toMatchObject({
      toolCalls: [],
      text: '',
    })
  })

  it('shows words it does not know as text', () => {
    expect(accumulate(plain('direct', false, 'tool_direct_result'), plain('!', true, 'plugin')).text).toBe('direct!')
  })

  it('collects media and their attachments', () => {
    const answer = accumulate(
      { type: 'image', data: '[IMAGE]a.png', streaming: false, message_id: run },
      { type: 'attachment_saved', data: { id: 'att-1', type: 'image' } },
      { type: 'file', data: '[FILE]stored.pdf|Report.pdf', streaming: false, message_id: run },
    )
    expect(answer.parts).toEqual([
      { type: 'image', filename: 'a.png', attachment_id: 'att-1' },
      { type: 'file', filename: 'Report.pdf', stored_filename: 'stored.pdf' },
    ])
  })

  it('begins anew from a snapshot, and goes on with its last text', () => {
    const whole = snapshot(
      { type: 'think', think: 'Hm' },
      { type: 'tool_call', tool_calls: [{ id: 'a' }] },
      { type: 'plain', text: 'Hello' },
    )
    const answer = accumulate(plain('Hel'), whole, plain(' you'), result('a'), end)
    expect(answer).toMatchObject({
      text: 'Hello you',
      reasoning: 'Hm',
      pieces: ['Hel', 'lo', ' you', '', ''],
      toolCalls: [{ id: 'a', result: 'noon' }],
      sessionId: 's-1',
      checkpointId: 'c-1',
    })
    expect(answer.parts[1]).toMatchObject({ tool_calls: [{ result: 'noon' }] })
  })

  it('notes a failure and a capture', () => {
    expect(accumulate({ type: 'error', data: 'Slow', code: 'provider_timeout', cause: '504' }).failure).toEqual({
      code: 'provider_timeout',
      message: 'Slow',
      cause: '504',
    })
    expect(accumulate({ type: 'error', data: 'WebChat run failed' }).failure?.code).toBe('run_failed')
    const captured = accumulate({
      type: 'follow_up_captured',
      data: { target_run_id: 'run-0' },
      streaming: false,
      message_id: run,
    })
    expect(captured).toMatchObject({ capturedBy: 'run-0', text: '' })
  })

  it('ignores types it does not know', () => {
    expect(accumulate(userSaved, started, { type: 'novelty', data: 5 } as never, stats).text).toBe('')
  })
})
