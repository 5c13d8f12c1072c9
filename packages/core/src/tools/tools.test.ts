import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { member, Stage, tool } from '../agent/agent.testing.ts'
import type { JsonObject } from '../json.ts'
import type { Component } from '../platforms/index.ts'
import { readArguments } from './arguments.ts'
import { createSendMessageTool } from './send-message.ts'
import type { ToolCaller } from './tool.ts'

let stage: Stage
beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(() => stage[Symbol.asyncDispose]())

const admin: ToolCaller = { ...member, role: 'admin' }
const during = { runId: 'r', signal: new AbortController().signal, say: () => {} }
const fine = async () => 'fine'

describe('the tools of a chat', () => {
  it('are all of them, or those the persona names; built-in ones in any case', async () => {
    for (const name of ['a', 'b']) stage.tools.add(tool(name, fine))
    stage.tools.add(tool('own', fine, { origin: 'builtin' }))
    stage.tools.add(tool('elsewhere', fine, { origin: 'builtin', fits: umo => umo === 'v' }))
    const names = async (chosen: string[] | null) =>
      (await stage.tools.offered(member, chosen)).tools.map(({ name }) => name)
    expect(await names(null)).toEqual(['a', 'b', 'own'])
    expect(await names(['b', 'gone'])).toEqual(['b', 'own'])
    expect(await names([])).toEqual(['own'])
    await stage.tools.enable('b', false)
    expect(await names(null)).toEqual(['a', 'own'])
    await stage.tools.enable('b', true)
    expect(await names(null)).toEqual(['a', 'b', 'own'])
  })

  it('are the latest of several with one name', async () => {
    stage.tools.add(tool('a', async () => 'old'))
    const remove = stage.tools.add(tool('a', async () => 'new'))
    expect(stage.tools.list()).toHaveLength(1)
    expect(await (await stage.tools.offered(member, null)).call('a', '{}', during)).toEqual({ output: 'new' })
    remove()
    expect(await (await stage.tools.offered(member, null)).call('a', '{}', during)).toEqual({ output: 'old' })
  })

  it.each([null, ['a']])('are kept from those who may not use them, when the persona allows %j', async chosen => {
    for (const origin of ['plugin', 'mcp', 'builtin', 'subagent'] as const) {
      stage.tools.add(tool('a', fine, { origin }))
      await stage.tools.permit('a', 'admin')
      const refused = await (await stage.tools.offered(member, chosen)).call('a', '{}', during)
      expect(refused).toEqual({
        problem:
          "Permission denied. The tool 'a' requires admin privileges. Your ID: alice. " +
          'Ask admin to configure in WebUI → Extension → Components.',
      })
      expect(await (await stage.tools.offered(admin, chosen)).call('a', '{}', during)).toEqual({ output: 'fine' })
    }
  })

  it('that are switched off, taken away or refused in mid-turn cannot be called any more', async () => {
    const remove = stage.tools.add(tool('a', fine))
    stage.tools.add(tool('b', fine))
    const box = await stage.tools.offered(member, null)
    expect(await box.call('a', '{}', during)).toEqual({ output: 'fine' })
    await stage.tools.enable('b', false)
    expect(await box.call('b', '{}', during)).toEqual({ problem: 'Tool b not found. Available tools are: a' })
    await stage.tools.permit('a', 'admin')
    expect(await box.call('a', '{}', during)).toMatchObject({ problem: expect.stringContaining('Permission denied') })
    await stage.tools.permit('a', 'member')
    expect(await box.call('a', '{}', during)).toEqual({ output: 'fine' })
    remove()
    expect(await box.call('a', '{}', during)).toMatchObject({ problem: expect.stringContaining('not found') })
  })
})

describe('arguments', () => {
  const schema: JsonObject = {
    type: 'object',
    required: ['n'],
    properties: {
      n: { type: 'integer', minimum: 1, maximum: 9 },
      on: { type: 'boolean' },
      kind: { type: 'string', enum: ['a', 'b'] },
      list: { type: 'array', items: { type: 'number' } },
      inner: { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] },
    },
  }
  it.each<[string, object]>([
    ['{"n":1}', { n: 1 }],
    ['{"n":"7","on":"True","list":["1",2],"inner":{"x":5}}', { n: 7, on: true, list: [1, 2], inner: { x: '5' } }],
    ['{"n":2,"kind":null,"nobody":"asked"}', { n: 2 }],
    ['{"n":2,"list":"[1]"}', { n: 2, list: [1] }],
  ])('%s are read as %j', (text, args) => {
    expect(readArguments(text, schema)).toEqual({ args })
  })

  it.each([
    ['', 'n: missing'],
    ['{"n":0}', 'n: expected at least 1'],
    ['{"n":10}', 'n: expected at most 9'],
    ['{"n":1.5}', 'n: expected integer'],
    ['{"n":1,"kind":"c"}', 'kind: expected one of ["a","b"]'],
    ['{"n":1,"list":[1,"x"]}', 'list[1]: expected number'],
    ['{"n":1,"inner":{}}', 'inner.x: missing'],
    ['{"n":1,"inner":7}', 'inner: expected object'],
    ['{"n":1', 'the arguments are no valid JSON'],
  ])('%s are refused: %s', (text, problem) => {
    expect(readArguments(text, schema)).toEqual({ problem })
  })

  it('of a schema without properties are passed on', () => {
    expect(readArguments('{"any":[1]}', { type: 'object' })).toEqual({ args: { any: [1] } })
    expect(readArguments('{"__proto__":{"x":1}}', { type: 'object', properties: {} })).toEqual({ args: {} })
  })
})

describe('send_message_to_user', () => {
  const here = 'webchat:FriendMessage:webchat!alice!one'
  const sent: [string, readonly Component[]][] = []
  const sender = {
    canReach: (umo: string) => umo.startsWith('webchat'),
    send: async (umo: string, components: readonly Component[]) => void sent.push([umo, components]),
    membersReachOthers: () => false,
  }
  const send = async (caller: ToolCaller, args: object) => {
    sent.length = 0
    stage.tools.add(createSendMessageTool(sender))
    return (await stage.tools.offered(caller, [])).call('send_message_to_user', JSON.stringify(args), during)
  }
  const alice = { ...member, umo: here }
  const hi = { messages: [{ type: 'plain', text: 'hi' }] }

  it('writes to the current chat', async () => {
    const picture = { type: 'image', url: 'https://example.org/cat.png' }
    const file = { type: 'file', url: 'https://example.org/a/b%20c.pdf' }
    const messages = [...hi.messages, picture, file, { type: 'mention_user', mention_user_id: 'bob' }]
    expect(await send(alice, { messages })).toEqual({ output: `Message sent to session ${here}` })
    expect(sent).toEqual([
      [
        here,
        [
          { type: 'plain', text: 'hi' },
          { type: 'image', file: 'https://example.org/cat.png' },
          { type: 'file', name: 'b c.pdf', file: 'https://example.org/a/b%20c.pdf' },
          { type: 'at', userId: 'bob' },
        ],
      ],
    ])
  })

  it('writes to other chats for admins only; a session alone is of the same platform', async () => {
    const there = { ...hi, session: 'webchat!bob!two' }
    expect(await send(alice, there)).toMatchObject({ problem: expect.stringContaining('Permission denied') })
    expect(sent).toEqual([])
    await send({ ...alice, role: 'admin' }, there)
    expect(sent[0]?.[0]).toBe('webchat:FriendMessage:webchat!bob!two')
    expect(await send(alice, { ...hi, session: here })).toHaveProperty('output')
  })

  it.each([
    [{ messages: [] }, 'there is nothing to send'],
    [{ messages: [{ type: 'image', path: '/etc/passwd' }] }, 'local files cannot be sent; give a url'],
    [{ messages: [{ type: 'image', url: 'file:///etc/passwd' }] }, 'url must be an http or https address'],
    [{ messages: [{ type: 'file', url: 'base64://aGk=' }] }, 'url must be an http or https address'],
  ])('refuses %j', async (args, problem) => {
    expect(await send(alice, args)).toEqual({ problem })
    expect(sent).toEqual([])
  })

  it('is not offered where the bot cannot write', async () => {
    stage.tools.add(createSendMessageTool(sender))
    expect((await stage.tools.offered(member, null)).tools).toEqual([])
  })
})
