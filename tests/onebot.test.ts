import { freePort, OneBotPeer, type SeenAction } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { TestServer } from './support/server.ts'

// The whole way: somebody says something to an account, a model answers, the account says it.

let server: TestServer
let peer: OneBotPeer
const config = { id: 'qq', type: 'aiocqhttp', ws_reverse_host: '127.0.0.1', ws_reverse_token: 'secret' }
let port: number

beforeAll(async () => {
  port = await freePort()
  server = await TestServer.start({ config: { platform: [{ ...config, enable: true, ws_reverse_port: port }] } })
  peer = await OneBotPeer.dial(port, {
    token: 'secret',
    answers: {
      get_msg: ({ message_id }) => ({
        message_id,
        sender: { user_id: 10_001, nickname: 'Bot' },
        message: [{ type: 'text', data: { text: 'what I said' } }],
      }),
    },
  })
})
afterAll(async () => {
  await peer.stop()
  await server[Symbol.asyncDispose]()
})

/** What the bot has said so far, as text. */
const said = ({ action, params }: SeenAction): string => {
  if (!action.startsWith('send_')) return ''
  const segments = params['message'] as { type: string; data: { text?: string } }[]
  return segments.map(({ data }) => data.text ?? '').join('')
}
const answerWith = (text: string) => peer.waitFor(seen => said(seen).includes(text))

describe('a OneBot program that dials in', () => {
  it('has its private messages answered', async () => {
    peer.say({ message: [{ type: 'text', data: { text: 'ping of Ann' } }], userId: 42 })
    const answer = await answerWith('You said: ping of Ann')
    expect(answer).toMatchObject({ action: 'send_private_msg', params: { user_id: 42 } })
  })

  it('has messages of groups answered that mention the bot, and no others', async () => {
    peer.say({ message: 'nobody asked', groupId: 777 })
    peer.say({ message: '[CQ:at,qq=10001] ping of the group', groupId: 777 })
    const answer = await answerWith('ping of the group')
    expect(answer).toMatchObject({ action: 'send_group_msg', params: { group_id: 777 } })
    expect(peer.seen.some(seen => said(seen).includes('nobody asked'))).toBe(false)
  })

  it('has an answer to a quote of the bot answered', async () => {
    peer.say({
      message: [
        { type: 'reply', data: { id: '5' } },
        { type: 'text', data: { text: 'and why' } },
      ],
      groupId: 777,
    })
    expect(await answerWith('and why')).toMatchObject({ action: 'send_group_msg' })
  })

  it('finds the conversation remembered', async () => {
    peer.say({ message: 'the first thing', userId: 43 })
    await answerWith('the first thing')
    peer.say({ message: 'the second thing', userId: 43 })
    await answerWith('the second thing')
    const last = JSON.stringify(server.models.seen.at(-1))
    expect(last).toContain('the first thing')
    const { conversations } = (await server.call('listConversations', { query: { search: 'qq:FriendMessage:43' } }))
      .data
    expect(conversations.map(({ user_id }) => user_id)).toContain('qq:FriendMessage:43')
  })

  it('may go away and come back', async () => {
    peer.drop()
    await peer.disconnected()
    peer = await OneBotPeer.dial(port, { token: 'secret' })
    peer.say({ message: 'back again', userId: 42 })
    expect(await answerWith('back again')).toMatchObject({ params: { user_id: 42 } })
  })
})

describe('a OneBot program that is dialled', () => {
  it('has its messages answered, also after it was away', async () => {
    const listener = await OneBotPeer.listen()
    const settings = { id: 'forward', type: 'aiocqhttp', ws_forward_url: `ws://127.0.0.1:${listener.port}` }
    expect((await server.call('createBot', { json: { config: settings } })).status).toBe(200)
    await listener.connected()
    listener.say({ message: 'hello there', userId: 42 })
    await listener.waitFor(seen => said(seen).includes('hello there'))
    listener.drop()
    await listener.disconnected()
    await listener.connected()
    await vi.waitFor(async () => {
      const { platforms } = (await server.call('listBotStats')).data
      expect(platforms.find(({ id }) => id === 'forward')).toMatchObject({ status: 'running', error_count: 1 })
    }, 15_000)
    listener.say({ message: 'hello again', userId: 42 })
    await listener.waitFor(seen => said(seen).includes('hello again'))
    await server.call('deleteBot', { params: { bot_id: 'forward' } })
    await listener.disconnected()
    await listener.stop()
  })
})
