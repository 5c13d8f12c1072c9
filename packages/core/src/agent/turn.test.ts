import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AstrBotError } from '../errors.ts'
import { brief, calls, fails, Stage, says, tool, WrittenModel } from './agent.testing.ts'

// The agent loop with a model that says what a test writes.

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage[Symbol.asyncDispose]())

const echo = tool('echo', async args => `echo ${JSON.stringify(args)}`)

describe('calls of tools', () => {
  it('are carried out, and their results told to the model', async () => {
    const model = new WrittenModel([calls([['echo', { a: 1 }]], 'wait'), says('done')])
    const played = await stage.play(model, { tools: [echo] })
    expect(played.status).toBe('completed')
    expect(played.said).toEqual(['wait', 'call echo', 'result c0: echo {"a":1}', 'done', 'complete: waitdone'])
    expect(brief(model.seen[1]?.messages)).toEqual(['user: hello', 'assistant: wait[echo]', 'tool: echo {"a":1}'])
    expect(brief(played.messages)).toEqual([
      'user: hello',
      'assistant: wait[echo]',
      'tool: echo {"a":1}',
      'assistant: done',
    ])
    expect(model.seen[0]?.tools).toEqual([{ name: 'echo', description: 'does echo', parameters: echo.parameters }])
  })

  it('run at once, and are told in their order whichever ends first', async () => {
    const first = Promise.withResolvers<void>()
    const tools = [
      tool('slow', async () => {
        await first.promise
        return 'slow'
      }),
      tool('fast', async () => {
        first.resolve()
        return 'fast'
      }),
    ]
    const both = calls([
      ['slow', {}],
      ['fast', {}],
    ])
    const played = await stage.play(new WrittenModel([both, says('done')]), { tools })
    expect(played.said).toEqual([
      'call slow',
      'call fast',
      'result c0: slow',
      'result c1: fast',
      'done',
      'complete: done',
    ])
    expect(brief(played.messages).slice(2, 4)).toEqual(['tool: slow', 'tool: fast'])
  })

  it('wait for those before them where the order matters', async () => {
    const order: string[] = []
    const note = (name: string, ms: number) => async () => {
      await pause(ms)
      order.push(name)
      return name
    }
    const tools = [tool('a', note('a', 20), { inOrder: true }), tool('b', note('b', 0), { inOrder: true })]
    const both = calls([
      ['a', {}],
      ['b', {}],
    ])
    const { said } = await stage.play(new WrittenModel([both, says('x')]), { tools })
    expect(order).toEqual(['a', 'b'])
    expect(said.slice(0, 4)).toEqual(['call a', 'result c0: a', 'call b', 'result c1: b'])
  })

  it.each([
    ['nobody', {}, /^error: Tool nobody not found\. Available tools are: echo, breaks, sleeps, strict$/],
    ['breaks', {}, /^error: out of order$/],
    ['sleeps', {}, /^tool sleeps execution timeout after 0\.05 seconds\.$/],
    ['strict', '{"n": ', /^error: Invalid arguments for strict: the arguments are no valid JSON$/],
    ['strict', '[]', /^error: Invalid arguments for strict: the arguments are no JSON object$/],
    ['strict', { n: 'many' }, /^error: Invalid arguments for strict: n: expected number$/],
    ['', {}, /^error: Tool __malformed_tool_name__ not found/],
  ])('that cannot be done are told to the model: %s %j', async (name, args, told) => {
    const n = { type: 'object', required: ['n'], properties: { n: { type: 'number' } } }
    const tools = [
      echo,
      tool('breaks', async () => {
        throw new Error('out of order')
      }),
      tool('sleeps', () => pause(10_000, 'never', { ref: false }), { timeoutMs: 50 }),
      tool('strict', async () => 'fine', { parameters: n }),
    ]
    const model = new WrittenModel([calls([[name, args]]), says('sorry')])
    const played = await stage.play(model, { tools })
    expect(played.status).toBe('completed')
    const [, , result] = played.messages
    expect(result?.content).toMatch(told)
  })

  it('end the turn when a tool has answered the person by itself', async () => {
    const silent = tool('silent', async (_, { say }) => {
      say('here you are')
      return undefined
    })
    const model = new WrittenModel([calls([['silent', {}]]), says('never')])
    const played = await stage.play(model, { tools: [silent] })
    expect(model.seen).toHaveLength(1)
    expect(played.said.slice(0, 2)).toEqual(['call silent', 'tool_direct_result: here you are'])
    expect(played.messages.at(-1)?.content).toContain('has sent the result directly to the user')
  })

  it('are noticed when they repeat themselves', async () => {
    const again = calls([['echo', {}]])
    const played = await stage.play(new WrittenModel([again, again, again, again, again, says('ok')]), {
      tools: [echo],
    })
    const results = played.messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content))
    expect(results.map(text => text.includes('SYSTEM NOTICE'))).toEqual([false, false, true, true, true])
    expect(new Set(results.slice(2)).size).toBe(3)
  })

  it('come to an end: the last answer has no tools', async () => {
    const model = new WrittenModel([calls([['echo', { n: 1 }]]), calls([['echo', { n: 2 }]]), says('that is all')])
    const played = await stage.play(model, { tools: [echo], settings: { maxSteps: 2 } })
    expect(model.seen.map(({ tools }) => tools?.length ?? 0)).toEqual([1, 1, 0])
    expect(brief(model.seen[2]?.messages).at(-1)).toContain('user: You have used all the steps')
    expect(played.messages.at(-1)?.content).toBe('that is all')
  })

  it('show their pictures to the model, by reference', async () => {
    const picture = { type: 'image' as const, data: new Uint8Array([1]), mimeType: 'image/png' }
    const draws = tool('draws', async () => [{ type: 'text', text: 'one' }, picture, { type: 'text', text: 'two' }])
    const model = new WrittenModel([calls([['draws', {}]]), says('nice')])
    await stage.play(model, { tools: [draws] })
    expect(model.seen[1]?.messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'c0', content: 'one\n\nThe tool has made a picture: c0_1.png\n\ntwo' },
      {
        role: 'user',
        content: [
          { type: 'text', text: "[Image from tool 'draws', path='c0_1.png']" },
          { type: 'image_url', image_url: { url: 'attachment:c0_1' } },
        ],
      },
    ])
  })

  it('are cut when their results would fill the context', async () => {
    const kept: string[] = []
    const keep = {
      picture: async () => ({ url: '', path: '' }),
      text: async (text: string) => {
        kept.push(text)
        return '/somewhere.txt'
      },
    }
    const whole = 'word '.repeat(40_000)
    const tools = [tool('talks', async () => whole), tool('quiet', async () => [])]
    const both = calls([
      ['talks', {}],
      ['quiet', {}],
    ])
    const played = await stage.play(new WrittenModel([both, says('ok')]), { tools, keep })
    const [, , long, none] = played.messages
    expect(kept).toEqual([whole])
    expect(String(long?.content).length).toBeLessThan(29_000)
    expect(long?.content).toContain('The whole text is in /somewhere.txt.')
    expect(none?.content).toBe('The tool returned no content.')
  })

  it('can be asked for in two steps: names first, parameters next', async () => {
    const strict = tool('strict', async ({ n }) => `got ${n}`, {
      parameters: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } },
    })
    const model = new WrittenModel([
      calls([['strict', {}]]),
      says('what?'),
      calls([['strict', { n: 3 }]]),
      says('done'),
    ])
    const played = await stage.play(model, { tools: [strict, echo], settings: { toolSchemaMode: 'skills_like' } })
    expect(played.said).toEqual(['call strict', 'result c0: got 3', 'done', 'complete: done'])
    expect(model.seen.map(({ tools }) => tools?.map(({ name }) => name))).toEqual([
      ['strict', 'echo'],
      ['strict'],
      ['strict'],
      ['strict', 'echo'],
    ])
    expect(model.seen[0]?.tools?.[0]?.parameters).toEqual({ type: 'object', properties: {} })
    expect(model.seen[1]?.tools?.[0]?.parameters).toEqual(strict.parameters)
  })

  it('are no use to a model that knows none', async () => {
    const model = new WrittenModel([says('hi')])
    model.modalities = ['text']
    const past = [
      { role: 'user' as const, content: 'before' },
      { role: 'assistant' as const, content: null, tool_calls: [call('x')] },
      { role: 'tool' as const, tool_call_id: 'x', content: 'result' },
    ]
    await stage.play(model, { tools: [echo], recalled: { turns: [{ messages: past, lastId: 3 }], summary: undefined } })
    expect(model.seen[0]?.tools).toBeUndefined()
    expect(brief(model.seen[0]?.messages)).toEqual(['user: before', 'user: [Tool result] result', 'user: hello'])
  })
})

describe('stopping', () => {
  it('ends a tool at once, and leaves a memory without loose ends', async () => {
    const controller = new AbortController()
    const aborted: boolean[] = []
    const hangs = tool('hangs', async (_, { signal }) => {
      signal.addEventListener('abort', () => aborted.push(true))
      controller.abort()
      await new Promise(() => {})
      return ''
    })
    const model = new WrittenModel([calls([['hangs', {}]], 'well'), says('never')])
    const played = await stage.play(model, { tools: [hangs], signal: controller.signal })
    expect(played.status).toBe('stopped')
    expect(aborted).toEqual([true])
    expect(played.said).toEqual(['well', 'call hangs', 'complete: well'])
    expect(brief(played.messages)).toEqual([
      'user: hello',
      'assistant: well',
      'user: Stop output.',
      'assistant: Output stopped.',
    ])
  })
})

describe('models that fail', () => {
  const broken = new AstrBotError('provider_failed', { detail: 'x' })

  it('are stood in for, as long as nothing was said', async () => {
    const first = new WrittenModel([fails(broken)])
    const second = new WrittenModel([calls([['echo', {}]]), says('done')], 'second')
    const played = await stage.play(first, { models: [second], tools: [echo] })
    expect(played.status).toBe('completed')
    expect(played.spent).toMatchObject({ providerId: 'second', usage: { inputOther: 20, output: 4 } })
    expect(first.seen).toHaveLength(1)
  })

  it('are asked as often as the profile wants', async () => {
    const model = new WrittenModel([says('done')])
    await stage.play(model, { settings: { retries: 4 } })
    expect(model.seen[0]?.retries).toBe(4)
  })

  it('are not, once something was said', async () => {
    const second = new WrittenModel([says('never')])
    const played = await stage.play(new WrittenModel([fails(broken, 'half')]), { models: [second] })
    expect(played).toMatchObject({ status: 'failed', error: { code: 'provider_failed' } })
    expect(brief(played.messages)).toEqual(['user: hello', 'assistant: half'])
    expect(second.seen).toHaveLength(0)
  })

  it('are, when what was said was not shown', async () => {
    const second = new WrittenModel([says('better')])
    const played = await stage.play(new WrittenModel([fails(broken, 'half')]), { models: [second], streaming: false })
    expect(played.said).toEqual(['better'])
  })

  it('say nothing are asked three times, then the next one', async () => {
    const empty = new WrittenModel([says()])
    const second = new WrittenModel([says('something')])
    const played = await stage.play(empty, { models: [second] })
    expect([empty.seen.length, played.waits]).toEqual([3, [1000, 2000]])
    expect(played.said).toEqual(['something', 'complete: something'])
    const alone = await stage.play(new WrittenModel([says()]))
    expect(alone.error?.code).toBe('provider_empty_answer')
  })

  it('never finish count as failed', async () => {
    const endless = new WrittenModel([
      async function* () {
        yield { type: 'text', text: 'and' }
      },
    ])
    expect((await stage.play(endless)).error?.code).toBe('provider_failed')
    expect(endless.seen).toHaveLength(1)
  })
})

describe('what is told', () => {
  it('the tokens of the turn so far, after every answer', async () => {
    const played = await stage.play(new WrittenModel([calls([['echo', {}]]), says('done')]), { tools: [echo] })
    const stats = played.events.flatMap(event => (event.type === 'agent_stats' ? [event.data] : []))
    expect(stats.map(({ token_usage }) => token_usage)).toEqual([
      { input_other: 10, input_cached: 1, output: 2 },
      { input_other: 20, input_cached: 2, output: 4 },
    ])
    expect(stats.map(one => one.current_context_tokens)).toEqual([11, 11])
    expect(played.usage).toEqual({ inputOther: 10, inputCached: 1, output: 2 })
  })

  it('whole texts of every step, or all with the last', async () => {
    const script = () => new WrittenModel([calls([['echo', {}]], 'first'), says('second')])
    const each = await stage.play(script(), { tools: [echo], streaming: false })
    expect(each.said).toEqual(['first', 'call echo', 'result c0: echo {}', 'second'])
    const together = await stage.play(script(), { streaming: false, settings: { bufferTexts: true } })
    expect(together.said).toEqual(['call echo', 'result c0: echo {}', 'first\n\nsecond'])
  })
})

describe('messages that come meanwhile', () => {
  it('join the next result of a tool, or become turns of their own', async () => {
    const { followUps } = stage
    const { signal } = new AbortController()
    const offers: (Promise<string | undefined> | undefined)[] = []
    const asks = tool('asks', async () => {
      for (const text of ['faster', 'and louder']) offers.push(followUps.offer('u', 'alice', text, signal)?.taken)
      offers.push(followUps.offer('u', 'alice', 'withdrawn', AbortSignal.abort())?.taken)
      expect(followUps.offer('u', 'bob', 'me too', signal)).toBeUndefined()
      return 'ok'
    })
    const last = async function* () {
      offers.push(followUps.offer('u', 'alice', 'too late', signal)?.taken)
      yield* says('done')({} as never)
    }
    const played = await stage.play(new WrittenModel([calls([['asks', {}]]), last]), { tools: [asks] })
    expect(await Promise.all(offers)).toEqual(['run', 'run', undefined, undefined])
    const notice = String(played.messages[2]?.content)
    expect(notice).toMatch(/^ok\n\n\[SYSTEM NOTICE\].*\n1\. faster\n2\. and louder$/s)
    expect(followUps.offer('u', 'alice', 'after', signal)).toBeUndefined()
  })
})

function call(id: string) {
  return { id, type: 'function' as const, function: { name: 'echo', arguments: '{}' } }
}
