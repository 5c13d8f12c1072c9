import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Component } from '../message.ts'
import { dial, friend, group, heard, heardOne, listening } from './onebot.testing.ts'

describe('what people say', () => {
  test('in private, as segments', async () => {
    await listening()
    const peer = await dial()
    peer.say({ message: [{ type: 'text', data: { text: ' hello ' } }], messageId: 5, nickname: 'Ann' })
    await heardOne()
    expect(heard).toEqual([
      {
        umo: 'qq:FriendMessage:20002',
        platformId: 'qq',
        adapter: 'aiocqhttp',
        type: 'FriendMessage',
        sessionId: '20002',
        messageId: '5',
        selfId: '10001',
        sender: { id: '20002', name: 'Ann' },
        components: [{ type: 'plain', text: ' hello ' }],
        text: 'hello',
        time: expect.any(Number),
      },
    ])
  })

  test('in a group, as text with codes, with mention, picture and face', async () => {
    await listening()
    const peer = await dial()
    const message = '[CQ:at,qq=10001] see [CQ:image,file=x.png,url=http://pics/x.png][CQ:face,id=14][CQ:at,qq=all]'
    peer.say({ message, groupId: 777, card: 'Ann of the group' })
    await heardOne()
    expect(heard[0]).toMatchObject({
      umo: 'qq:GroupMessage:777',
      group: { id: '777', name: 'A group' },
      sender: { id: '20002', name: 'Ann of the group' },
      text: 'see',
      components: [
        { type: 'at', userId: '10001' },
        { type: 'plain', text: ' see ' },
        { type: 'image', file: 'http://pics/x.png' },
        { type: 'face', id: '14' },
        { type: 'at_all' },
      ],
    })
  })

  test('quotes are fetched, forwards opened, cards and files read', async () => {
    await listening()
    const peer = await dial({
      answers: {
        get_msg: ({ message_id }) => ({
          message_id,
          sender: { user_id: 10_001, nickname: 'Bot' },
          message: [{ type: 'text', data: { text: 'earlier' } }],
        }),
        get_forward_msg: () => ({
          messages: [
            { sender: { user_id: 3, nickname: 'Cid' }, content: [{ type: 'text', data: { text: 'inside' } }] },
            { type: 'node', data: { user_id: '4', nickname: 'Dee', content: 'plain [CQ:face,id=1]' } },
          ],
        }),
        get_group_file_url: ({ file_id }) => ({ url: `http://files/${String(file_id)}` }),
      },
    })
    peer.say({
      groupId: 777,
      message: [
        { type: 'reply', data: { id: '41' } },
        { type: 'forward', data: { id: 'f1' } },
        { type: 'json', data: { data: '{"app":"card"}' } },
        { type: 'file', data: { file_id: 'abc', name: 'a.txt' } },
        { type: 'dice', data: {} },
      ],
    })
    await heardOne()
    expect(heard[0]?.components).toEqual([
      {
        type: 'reply',
        messageId: '41',
        chain: [{ type: 'plain', text: 'earlier' }],
        text: 'earlier',
        senderId: '10001',
        senderName: 'Bot',
      },
      {
        type: 'nodes',
        nodes: [
          { userId: '3', name: 'Cid', content: [{ type: 'plain', text: 'inside' }] },
          {
            userId: '4',
            name: 'Dee',
            content: [
              { type: 'plain', text: 'plain ' },
              { type: 'face', id: '1' },
            ],
          },
        ],
      },
      { type: 'json', data: { app: 'card' } },
      { type: 'file', name: 'a.txt', file: 'http://files/abc' },
      { type: 'unknown', text: 'dice' },
    ])
  })

  test('what is nested without end breaks nothing', async () => {
    await listening()
    const peer = await dial()
    let deep: unknown = []
    for (let depth = 0; depth < 3000; depth++) deep = [deep]
    peer.say({ message: 'hi', more: { raw_message: deep, sender: deep } })
    await heardOne()
    peer.say({ message: [{ type: 'json', data: { data: { deep } } }] })
    await vi.waitFor(() => expect(heard).toHaveLength(2), 15_000)
  })

  test('one message does not make the bot ask without end, nor is a name an address', async () => {
    let asked = 0
    await listening()
    const peer = await dial({
      answers: {
        get_msg: () => {
          asked++
          return { message: [] }
        },
      },
    })
    const quotes = Array.from({ length: 300 }, (_, i) => ({ type: 'reply', data: { id: String(i + 1) } }))
    const name = 'file:///data/cmd_config.json'
    peer.say({ message: [...quotes, { type: 'file', data: { file: name, file_id: 'abc' } }] })
    await heardOne()
    expect(asked).toBeLessThanOrEqual(64)
    expect(heard[0]?.components.at(-1)).toEqual({ type: 'file', name, file: '' })
  })

  test('a program that knows nothing of an action costs the answer only', async () => {
    await listening()
    const peer = await dial({ answers: { get_group_info: () => undefined } })
    peer.say({ groupId: 777, message: [{ type: 'reply', data: { id: '41' } }, 'still here'] })
    await heardOne()
    expect(heard[0]?.components[0]).toEqual({ type: 'reply', messageId: '41' })
    expect(heard[0]?.text).toBe('still here')
  })

  test('a poke is told, other notices, rubbish and heartbeats are not', async () => {
    await listening()
    const peer = await dial()
    peer.sendText('{ no JSON')
    peer.sendText('[]')
    peer.report({ post_type: 'meta_event', meta_event_type: 'heartbeat', interval: 5000, status: {} })
    peer.report({ post_type: 'notice', notice_type: 'group_increase', group_id: 777, user_id: 5 })
    peer.report({ post_type: 'message_sent', message_type: 'private', user_id: 5, message: 'own' })
    peer.report({
      post_type: 'notice',
      notice_type: 'notify',
      sub_type: 'poke',
      group_id: 777,
      user_id: 5,
      target_id: 10_001,
    })
    await heardOne()
    expect(heard).toHaveLength(1)
    expect(heard[0]).toMatchObject({
      umo: 'qq:GroupMessage:777',
      sender: { id: '5' },
      components: [{ type: 'poke', userId: '10001' }],
      text: '',
    })
  })

  test('messages of a chat keep their order, and come once when two connections tell of them', async () => {
    await listening()
    let release: (() => void) | undefined
    const peer = await dial({
      answers: {
        get_msg: () => {
          setTimeout(() => release?.(), 0)
          return undefined
        },
      },
    })
    const second = await dial({ role: 'Event', path: '/ws/event' })
    const slow = { message: [{ type: 'reply', data: { id: '41' } }, 'first'], messageId: 1, more: { time: 7 } }
    release = () => second.say(slow)
    peer.say(slow)
    peer.say({ message: 'second', messageId: 2, more: { time: 7 } })
    await vi.waitFor(() => expect(heard.map(({ text }) => text)).toEqual(['first', 'second']), 15_000)
  })
})

describe('what the bot says', () => {
  test('to groups and to people, also with isolated sessions', async () => {
    const bot = await listening()
    const peer = await dial()
    await bot.send(group, [{ type: 'plain', text: 'hi' }])
    await bot.send({ ...group, sessionId: '20002_777' }, [{ type: 'plain', text: 'again' }])
    await bot.send(friend, [{ type: 'plain', text: 'you' }])
    expect(peer.seen).toEqual([
      { action: 'send_group_msg', params: { group_id: 777, message: [{ type: 'text', data: { text: 'hi' } }] } },
      { action: 'send_group_msg', params: { group_id: 777, message: [{ type: 'text', data: { text: 'again' } }] } },
      { action: 'send_private_msg', params: { user_id: 20_002, message: [{ type: 'text', data: { text: 'you' } }] } },
    ])
  })

  test('everything that a message may be made of', async () => {
    const bot = await listening()
    const folder = await mkdtemp(join(tmpdir(), 'onebot-'))
    const file = join(folder, 'a.txt')
    await writeFile(file, 'content')
    const peer = await dial()
    const base64 = `base64://${Buffer.from('content').toString('base64')}`
    await bot.send(group, [
      { type: 'reply', messageId: '9' },
      { type: 'at', userId: '5' },
      { type: 'at_all' },
      { type: 'image', file: 'https://pics/x.png' },
      { type: 'record', file: `data:audio/wav;base64,${Buffer.from('content').toString('base64')}` },
      { type: 'video', file },
      { type: 'face', id: '1' },
      { type: 'json', data: { app: 'card' } },
      { type: 'share', url: 'https://x', title: 'X' },
      { type: 'file', name: 'shown.txt', file: `file://${file}` },
      { type: 'nodes', nodes: [{ userId: '10001', name: 'Bot', content: [{ type: 'plain', text: 'in' }] }] },
    ])
    await rm(folder, { recursive: true })
    expect(peer.seen.map(({ action }) => action)).toEqual([
      'send_group_msg',
      'send_group_msg',
      'send_group_forward_msg',
    ])
    expect(peer.seen[0]?.params['message']).toEqual([
      { type: 'reply', data: { id: '9' } },
      { type: 'at', data: { qq: '5' } },
      { type: 'at', data: { qq: 'all' } },
      { type: 'image', data: { file: 'https://pics/x.png' } },
      { type: 'record', data: { file: base64 } },
      { type: 'video', data: { file: base64 } },
      { type: 'face', data: { id: '1' } },
      { type: 'json', data: { data: '{"app":"card"}' } },
      { type: 'share', data: { url: 'https://x', title: 'X' } },
    ])
    expect(peer.seen[1]?.params).toEqual({
      group_id: 777,
      message: [{ type: 'file', data: { file: base64, name: 'shown.txt' } }],
    })
    expect(peer.seen[2]?.params).toMatchObject({
      messages: [{ type: 'node', data: { nickname: 'Bot', content: [{ type: 'text', data: { text: 'in' } }] } }],
    })
  })

  test('files are uploaded where they cannot go as a part of a message', async () => {
    const bot = await listening()
    const peer = await dial({
      answers: {
        send_group_msg: () => {
          throw new Error('empty message')
        },
      },
    })
    await bot.send(group, [{ type: 'file', name: 'a.txt', file: 'https://files/a.txt' }])
    expect(peer.seen.at(-1)).toEqual({
      action: 'upload_group_file',
      params: { group_id: 777, file: 'https://files/a.txt', name: 'a.txt' },
    })
  })

  test('files are not sent twice when nobody says whether they arrived', async () => {
    const bot = await listening()
    const first = await dial()
    const second = await dial({ answers: { send_group_msg: () => second.drop() } })
    const file: Component = { type: 'file', name: 'a.txt', file: 'https://files/a.txt' }
    await expect(bot.send(group, [file])).rejects.toThrow('went away')
    expect([first.seen, second.seen.length]).toEqual([[], 1])
  })

  test('whom an origin names', async () => {
    const bot = await listening()
    const peer = await dial()
    const chain: Component[] = [{ type: 'plain', text: 'x' }]
    await bot.send({ ...friend, type: 'OtherMessage', sessionId: '5' }, chain)
    await bot.send({ ...group, sessionId: '42_77' }, chain)
    expect(peer.seen.map(({ action, params }) => [action, params['user_id'] ?? params['group_id']])).toEqual([
      ['send_private_msg', 5],
      ['send_group_msg', 77],
    ])
    for (const target of [friend, group])
      await expect(bot.send({ ...target, sessionId: 'abc' }, chain)).rejects.toMatchObject({ code: 'invalid_umo' })
  })

  test('through the account that heard of the chat', async () => {
    const bot = await listening()
    const first = await dial({ selfId: 1 })
    const second = await dial({ selfId: 2 })
    first.say({ message: 'hi', groupId: 777 })
    await heardOne()
    await bot.send(group, [{ type: 'plain', text: 'to you' }])
    expect(first.seen.some(({ action }) => action === 'send_group_msg')).toBe(true)
    expect(second.seen).toEqual([])
  })

  test('a refusal, nobody there, and somebody who goes away are failures', async () => {
    const bot = await listening()
    await expect(bot.send(group, [{ type: 'plain', text: 'x' }])).rejects.toThrow('no OneBot program is connected')
    const peer = await dial({
      answers: {
        send_group_msg: () => {
          throw new Error('muted')
        },
        send_private_msg: () => {
          peer.drop()
          return undefined
        },
      },
    })
    await expect(bot.send(group, [{ type: 'plain', text: 'x' }])).rejects.toThrow('muted')
    await expect(bot.send(friend, [{ type: 'plain', text: 'x' }])).rejects.toThrow('went away')
    await expect(bot.send({ ...group, type: 'OtherMessage' }, [])).rejects.toThrow('no OneBot program')
  })
})
