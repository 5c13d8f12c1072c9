import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Component } from '../platforms/index.ts'
import { type FakePlatform, spoken, startFakePlatform } from './fake-platform.testing.ts'
import { groupMessage, privateMessage } from './visit.testing.ts'

// Messages of a platform, from their arrival to what is said.

let platform: FakePlatform | undefined
const start = async (config: object = {}) => {
  platform = await startFakePlatform(config)
  return platform
}
afterEach(async () => {
  await platform?.[Symbol.asyncDispose]()
  platform = undefined
})

const at = (userId: string): Component => ({ type: 'at', userId })
const plain = (text: string): Component => ({ type: 'plain', text })

describe('a message to the bot', () => {
  it('is answered where it came from, and remembered, but not shown in the web chat', async () => {
    const { bot, hear, said, accidents } = await start()
    await hear(privateMessage('hello'))
    await hear(groupMessage('/how are you'))
    expect(said.map(({ umo }) => umo)).toEqual(['qq:FriendMessage:7', 'qq:GroupMessage:900'])
    expect(spoken(said)).toEqual(['You said: hello', 'You said: how are you'])
    const { conversations } = await bot.conversations.list({
      page: 1,
      page_size: 10,
      filter: {},
      includeHistory: true,
      groupBySession: false,
    })
    expect(conversations.map(({ user_id }) => user_id).sort()).toEqual(['qq:FriendMessage:7', 'qq:GroupMessage:900'])
    const caller = { username: 'astrbot', apiKeyId: null }
    expect((await bot.chat.sessions.list(caller, { page: 1, pageSize: 10 })).total).toBe(0)
    const { umo_infos } = await bot.sessions.origins()
    expect(umo_infos.map(({ display_name }) => display_name).sort()).toEqual(['Ada', 'Gardeners'])
    expect(accidents).toEqual([])
  })

  it('is acknowledged at once where the profile wants that, whatever becomes of it', async () => {
    const lark = { pre_ack_emoji: { enable: true, emojis: ['Typing', 'OK'] } }
    const { hear, reactions, accidents } = await start({ platform_specific: { lark } })
    await hear(privateMessage('hello', { adapter: 'lark' }))
    await hear(groupMessage('to nobody', { adapter: 'lark' }))
    await hear(privateMessage('hello', { adapter: 'telegram' }))
    await hear(privateMessage('hello', { adapter: 'constructor' }))
    expect(reactions).toHaveLength(1)
    expect(['Typing', 'OK']).toContain(reactions[0])
    if (platform) platform.broken = true
    await hear(privateMessage('hello', { adapter: 'lark' }))
    expect(accidents).toEqual(['a reply was not sent'])
  })

  it('is answered only behind the prefix of questions where the profile has one', async () => {
    const { hear, said } = await start({ provider_settings: { wake_prefix: 'ai' } })
    await hear(privateMessage('hello'))
    await hear(privateMessage('/ai hello'))
    expect(spoken(said)).toEqual(['You said: hello'])
  })

  it('costs nothing when it is for somebody else', async () => {
    const { hear, said, asked, bot } = await start()
    await hear(groupMessage('hello'))
    await hear(groupMessage('hello', { components: [at('55'), plain('hello')] }))
    expect([said, asked()]).toEqual([[], []])
    expect((await bot.sessions.origins()).umos).toEqual([])
  })

  it('does not hold up the end while its picture is fetched', async () => {
    const { bot, hear } = await start()
    const asked = Promise.withResolvers<void>()
    const server = createServer(() => asked.resolve()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const image: Component = { type: 'image', file: `http://127.0.0.1:${port}/slow.png` }
    const handled = hear(privateMessage('look', { components: [plain('look'), image] }))
    await asked.promise
    const began = performance.now()
    await bot.stop(100)
    await handled
    expect(performance.now() - began).toBeLessThan(5000)
    server.closeAllConnections()
    server.close()
  })

  it('may be a command', async () => {
    const { hear, said, asked } = await start()
    await hear(groupMessage('/sid'))
    expect(spoken(said)[0]).toContain('UMO: 「qq:GroupMessage:900」\nUID: 「7」')
    // In a group that shares one conversation, nobody but administrators empties it.
    await hear(groupMessage('/reset'))
    expect(spoken(said)[1]).toBe(
      'Reset command requires admin permission in 群聊+会话隔离关闭 scenario, you (ID 7) are not admin, cannot perform this action.',
    )
    await hear(privateMessage('/reset'))
    expect(spoken(said)[2]).toBe('✅ The current conversation context has been cleared.')
    // Without a prefix it is a question.
    await hear(privateMessage('sid'))
    expect(spoken(said)[3]).toBe('You said: sid')
    expect(asked()).toHaveLength(1)
  })

  it('is refused without a word where the profile says so', async () => {
    const { hear, said } = await start({ platform_settings: { no_permission_reply: false } })
    await hear(groupMessage('/name Us'))
    expect(said).toEqual([])
  })

  it('is told when the model fails, and the next one is answered', async () => {
    const { hear, said } = await start()
    await hear(privateMessage('[[fail 400]]'))
    expect(said).toHaveLength(1)
    await hear(privateMessage('and now'))
    expect(spoken(said)[1]).toBe('You said: and now')
  })

  it('is blocked once, with a word, and goes nowhere', async () => {
    const { hear, said, asked } = await start({
      content_safety: { internal_keywords: { enable: true, extra_keywords: ['bad'] } },
    })
    await hear(groupMessage('/bad thing'))
    await hear(groupMessage('bad thing'))
    expect(spoken(said)).toEqual([expect.stringContaining('has been blocked')])
    expect(asked()).toEqual([])
  })

  it('does not bring the bot down when the answer cannot be sent', async () => {
    const fake = await start()
    fake.broken = true
    await fake.hear(privateMessage('hello'))
    expect(fake.accidents).toEqual(['a reply was not sent'])
    fake.broken = false
    await fake.hear(privateMessage('again'))
    expect(spoken(fake.said)).toEqual(['You said: again'])
  })

  it('may bring a picture, which the model sees', async () => {
    const { hear, asked, said } = await start()
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    const image: Component = { type: 'image', file: `base64://${png}` }
    const secret: Component = { type: 'image', file: '/etc/passwd' }
    await hear(privateMessage('look', { components: [plain('look'), image, secret] }))
    expect(asked().at(-1)).toContain(`data:image/png;base64,${png}`)
    expect(asked().at(-1)).not.toContain('root:')
    expect(asked().at(-1)).toContain('look\\n[image]')
    expect(said).toHaveLength(1)
  })

  it('is streamed sentence by sentence where people cannot see it grow', async () => {
    const { hear, said } = await start({ provider_settings: { streaming_response: true } })
    await hear(privateMessage('[[say 你好。再见！]]'))
    expect(spoken(said)).toEqual(['你好。', '再见！'])
  })
})

describe('members of a group', () => {
  it('have conversations of their own where the profile says so; answers still go to the group', async () => {
    const { hear, said, asked, bot } = await start({ platform_settings: { unique_session: true } })
    await hear(groupMessage('/I like tulips'))
    await hear(groupMessage('/what do I like', { sender: { id: '8', name: 'Bob' } }))
    expect(asked().at(-1)).not.toContain('tulips')
    expect(said.map(({ umo }) => umo)).toEqual(['qq:GroupMessage:900', 'qq:GroupMessage:900'])
    await hear(groupMessage('/sid'))
    expect(spoken(said).at(-1)).toContain('UMO: 「qq:GroupMessage:7_900」')
    expect(spoken(said).at(-1)).toContain('Group ID: 「900」')
    expect((await bot.sessions.origins()).umos.sort()).toEqual(['qq:GroupMessage:7_900', 'qq:GroupMessage:8_900'])
    await hear(groupMessage('/reset'))
    expect(spoken(said).at(-1)).toBe('✅ The current conversation context has been cleared.')
  })

  it('may be routed to a profile by either form of their origin', async () => {
    const fake = await start({ platform_settings: { unique_session: true } })
    const { bot, hear, said } = fake
    const caller = { byKey: false, mayEditAdmins: true }
    const profile = async (name: string, reply_prefix: string) =>
      bot.config.create(
        { name, config: { platform_settings: { ...bot.config.get().platform_settings, reply_prefix } } },
        caller,
      )
    await bot.config.routes.set('qq:GroupMessage:900', await profile('group', 'G '))
    await bot.config.routes.set('qq:GroupMessage:8_900', await profile('member', 'M '))
    await hear(groupMessage('/x'))
    await hear(groupMessage('/x', { sender: { id: '8', name: 'Bob' } }))
    expect(spoken(said)).toEqual(['G You said: x', 'M You said: x'])
  })

  it('are listened to, where the profile says so, until the bot is asked', async () => {
    const { hear, asked } = await start({ provider_ltm_settings: { group_icl_enable: true } })
    await hear(groupMessage('the roses bloom'))
    await hear(groupMessage('so early', { sender: { id: '8', name: 'Bob' } }))
    await hear(groupMessage('/sid'))
    await hear(groupMessage('/[[say flowers]] what do they talk about'))
    const question = asked().at(-1) ?? ''
    expect(question).toContain('[Ada/12:00:00]: the roses bloom')
    expect(question).toContain('[Bob/12:00:00]: so early')
    expect(question).not.toContain('/sid')
    await hear(groupMessage('/and now'))
    // It is in the conversation from then on, and not told twice.
    expect((asked().at(-1) ?? '').split('the roses bloom')).toHaveLength(2)
  })

  it('are kept word by word where the profile says so, for the model to read up', async () => {
    const settings = { group_message_history_enable: true, group_message_history_max_cnt: 3 }
    const { hear, said, asked } = await start({ provider_ltm_settings: settings })
    for (const text of ['one', 'two, "quoted"', 'three']) await hear(groupMessage(text))
    await hear(groupMessage('/[[tool get_group_message_history {"limit":2} then read]]'))
    expect(spoken(said)).toEqual(['read'])
    const result = asked().at(-1) ?? ''
    expect(result).toContain('id,time,role,sender,text')
    expect(result).toMatch(/,user,Ada,three/)
    expect(result).toContain('has_more=true')
    expect(result).not.toContain('quoted')
    await hear(groupMessage('/[[tool get_group_message_history {"sender":"bot"} then again]]'))
    expect(asked().at(-1)).toMatch(/,bot,bot,read/)
    expect(asked().at(-1)).toContain('has_more=false')
    await hear(groupMessage('/[[tool get_group_message_history {"keyword":"AGAIN"} then over]]'))
    expect(asked().at(-1)).toMatch(/,bot,bot,again/)
  })

  it('may be joined by the bot of its own accord', async () => {
    const active_reply = { enable: true, method: 'possibility_reply', possibility_reply: 1, whitelist: ['900'] }
    const { hear, said } = await start({ provider_ltm_settings: { active_reply } })
    await hear(groupMessage('what a day'))
    await hear(
      groupMessage('what a day', { umo: 'qq:GroupMessage:901', sessionId: '901', group: { id: '901', name: '' } }),
    )
    expect(said.map(({ umo }) => umo)).toEqual(['qq:GroupMessage:900'])
  })

  it('who only call the bot are asked what they want, and need not call again', async () => {
    const { hear, said, asked } = await start()
    await hear(groupMessage('', { components: [at('100')] }))
    expect(asked()).toHaveLength(1)
    expect(said).toHaveLength(1)
    await hear(groupMessage('tell me a story', { sender: { id: '8', name: 'Bob' } }))
    expect(said).toHaveLength(1)
    await hear(groupMessage('tell me a story'))
    expect(spoken(said).at(-1)).toBe('You said: tell me a story')
    await hear(groupMessage('thanks'))
    expect(said).toHaveLength(2)
  })
})
