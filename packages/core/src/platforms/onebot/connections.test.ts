import { OneBotPeer } from '@astrbot/testing'
import { describe, expect, test, vi } from 'vitest'
import { UnusableSettings } from '../adapter.ts'
import { create, dial, failures, friend, heard, heardOne, listening, open, port } from './onebot.testing.ts'

describe('who may dial in', () => {
  test.each(['/ws', '/ws/', '/ws/event', '/ws/api'])('%s is the place', async path => {
    await listening()
    expect((await dial({ path })).isConnected).toBe(true)
  })

  test('no other path is', async () => {
    await listening()
    await expect(dial({ path: '/' })).rejects.toThrow('404')
    await expect(dial({ path: '/wsx' })).rejects.toThrow('404')
  })

  test('what is no address at all is turned away, and nothing breaks', async () => {
    await listening()
    await expect(dial({ path: '//' })).rejects.toThrow('404')
    expect((await dial()).isConnected).toBe(true)
  })

  test('the token has to be shown where there is one', async () => {
    await listening('secret')
    await expect(dial()).rejects.toThrow('401')
    await expect(dial({ token: 'wrong' })).rejects.toThrow('403')
    expect((await dial({ token: 'secret' })).isConnected).toBe(true)
    expect((await dial({ path: '/ws?access_token=secret' })).isConnected).toBe(true)
  })

  test('pages in a browser may not, where no token keeps them out', async () => {
    await listening()
    await expect(dial({ headers: { Origin: 'https://evil.example' } })).rejects.toThrow('403')
  })

  test('a program that falls silent is let go', async () => {
    const bot = await listening()
    const peer = await dial()
    peer.report({ post_type: 'meta_event', meta_event_type: 'heartbeat', interval: 100, status: {} })
    await new Promise(resolve => setTimeout(resolve, 50))
    peer.freeze()
    const gone = () => expect(bot.send(friend, [{ type: 'plain', text: 'x' }])).rejects.toThrow('no OneBot program')
    await vi.waitFor(gone, { timeout: 20_000, interval: 500 })
  })

  test('a bot that is stopped while it connects lets go of everything', async () => {
    const reverse = create({ ws_reverse_host: '127.0.0.1', ws_reverse_port: port })
    const starting = reverse.start()
    await reverse.stop()
    await starting
    // The port is free again.
    const peer = await OneBotPeer.listen({ port })
    open.push(peer)
    const forward = create({ ws_forward_url: `ws://127.0.0.1:${port}` })
    const dialling = forward.start()
    await forward.stop()
    await dialling
    await vi.waitFor(() => expect(peer.isConnected).toBe(false), 15_000)
  })

  test('a port that is taken, and settings that are missing, are said', async () => {
    await listening()
    await expect(listening()).rejects.toThrow('EADDRINUSE')
    await expect(create({}).start()).rejects.toThrow(UnusableSettings)
    await expect(create({ ws_forward_url: 'http://x' }).start()).rejects.toThrow(UnusableSettings)
  })
})

describe('a program that is dialled', () => {
  test('no bot dials what hands out credentials of the cloud', async () => {
    for (const host of ['169.254.169.254', '[::ffff:169.254.169.254]', '2852039166']) {
      const bot = create({ ws_forward_url: `ws://${host}/` })
      await expect(bot.start()).rejects.toThrow('not allowed')
    }
  })

  test('is told apart by its token, heard, and answered', async () => {
    const peer = await OneBotPeer.listen({ token: 'secret' })
    open.push(peer)
    const url = `ws://127.0.0.1:${peer.port}`
    await expect(create({ ws_forward_url: url, ws_forward_token: 'wrong' }).start()).rejects.toThrow('401')
    const bot = create({ ws_forward_url: url, ws_forward_token: 'secret' })
    await bot.start()
    await peer.connected()
    peer.say({ message: 'hi' })
    await heardOne()
    expect(heard[0]).toMatchObject({ text: 'hi', selfId: '10001' })
    await bot.send(friend, [{ type: 'plain', text: 'hello' }])
    expect(peer.seen.at(-1)?.action).toBe('send_private_msg')
    await expect(bot.test()).resolves.toBeUndefined()
    peer.drop()
    await vi.waitFor(() => expect(failures).toHaveLength(1), 15_000)
  })
})
