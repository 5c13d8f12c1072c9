import { manualClock } from '@astrbot/testing'
import { describe, expect, it, test } from 'vitest'
import { type Logger, silentLog } from '../../log.ts'
import type { Component } from '../../platforms/index.ts'
import { groupMessage, privateMessage, said, type VisitOptions, visitOf } from '../visit.testing.ts'
import { blockedText, contentSafety, createCensor } from './content-safety.ts'
import { rateLimit } from './rate-limit.ts'
import { sessionStatus } from './session-status.ts'
import { waking } from './waking.ts'
import { whitelist } from './whitelist.ts'

const at = (userId: string): Component => ({ type: 'at', userId })
const plain = (text: string): Component => ({ type: 'plain', text })

describe('waking', () => {
  const wake = (message = groupMessage('hello'), options: VisitOptions = {}) => {
    const visit = visitOf(message, options)
    const verdict = waking(() => false)(visit)
    if (verdict instanceof Promise) throw new Error('waking does not wait')
    return { said: said(verdict), text: visit.text, prefixed: visit.prefixed, role: visit.role }
  }
  const settings = (platform_settings: object) => ({ config: { platform_settings } })

  it('lets talk of others in a group alone', () => {
    expect(wake().said).toBe('it is not for the bot')
    expect(wake(groupMessage('hi', { components: [at('55'), plain('hi')] })).said).toBe('it is not for the bot')
  })

  it('is done by a prefix, which goes, and by the first that fits', () => {
    expect(wake(groupMessage('  / hello '))).toMatchObject({ said: 'on', text: 'hello', prefixed: true })
    expect(wake(groupMessage('bot hello'), { config: { wake_prefix: ['', 7, 'bot'] } }).text).toBe('hello')
    expect(wake(groupMessage('/hello'), { config: { wake_prefix: [] } }).said).toBe('it is not for the bot')
  })

  it('is not done by a prefix behind the mention of somebody else', () => {
    const message = groupMessage('/hello', { components: [at('55'), plain('/hello')] })
    expect(wake(message)).toMatchObject({ said: 'it is not for the bot', text: '/hello', prefixed: false })
    expect(wake({ ...message, components: [at('100'), plain('/hello')] }).prefixed).toBe(true)
  })

  it('is done by mentions of the bot or of all, by replies to it, and in private', () => {
    expect(wake(groupMessage('hi', { components: [at('100'), plain('hi')] }))).toMatchObject({ said: 'on', text: 'hi' })
    const all = groupMessage('hi', { components: [{ type: 'at_all' }, plain('hi')] })
    expect(wake(all).said).toBe('on')
    expect(wake(all, settings({ ignore_at_all: true })).said).toBe('it is not for the bot')
    const reply = (senderId: string) =>
      groupMessage('hi', { components: [{ type: 'reply', messageId: '1', senderId }] })
    expect(wake(reply('100')).said).toBe('on')
    expect(wake(reply('7')).said).toBe('it is not for the bot')
    expect(wake(privateMessage('hi'))).toMatchObject({ said: 'on', prefixed: false })
    const needs = settings({ friend_message_needs_wake_prefix: true })
    expect(wake(privateMessage('hi'), needs).said).toBe('it is not for the bot')
    expect(wake(privateMessage('hi', { adapter: 'webchat' }), needs).said).toBe('on')
  })

  it('passes the bot’s own messages over where the profile says so', () => {
    const own = groupMessage('/hi', { sender: { id: '100', name: 'me' } })
    expect(wake(own).said).toBe('on')
    expect(wake(own, settings({ ignore_bot_self_message: true })).said).toBe('the bot wrote it')
  })

  it('knows administrators, whose ids may be numbers', () => {
    expect(wake().role).toBe('member')
    expect(wake(groupMessage('/x'), { config: { admins_id: [7] } }).role).toBe('admin')
  })
})

describe('the whitelist', () => {
  const pass = async (platform_settings: object, message = groupMessage('/x'), admins: string[] = []) =>
    said(await whitelist(silentLog)(visitOf(message, { config: { platform_settings, admins_id: admins } })))

  it('lets everybody through while it is empty or off', async () => {
    expect(await pass({ id_whitelist: [' ', ''] })).toBe('on')
    expect(await pass({ id_whitelist: ['1'], enable_id_white_list: false })).toBe('on')
  })

  it('knows origins and groups', async () => {
    expect(await pass({ id_whitelist: [' 900 '] })).toBe('on')
    expect(await pass({ id_whitelist: ['qq:GroupMessage:900'] })).toBe('on')
    expect(await pass({ id_whitelist: [900] })).toBe('on')
    expect(await pass({ id_whitelist: ['7'] })).toContain('whitelist')
    expect(await pass({ id_whitelist: ['7'] }, privateMessage('x', { adapter: 'webchat' }))).toBe('on')
  })

  it('is not for administrators, as the profile says for groups and friends', async () => {
    expect(await pass({ id_whitelist: ['1'] }, groupMessage('x'), ['7'])).toBe('on')
    expect(await pass({ id_whitelist: ['1'], wl_ignore_admin_on_group: false }, groupMessage('x'), ['7'])).not.toBe(
      'on',
    )
    const friends = { id_whitelist: ['1'], wl_ignore_admin_on_friend: false }
    expect(await pass(friends, privateMessage('x'), ['7'])).not.toBe('on')
    expect(await pass(friends, groupMessage('x'), ['7'])).toBe('on')
  })

  it('says in the log whom it kept out, unless told not to', async () => {
    const lines: object[] = []
    const log: Logger = { ...silentLog, info: data => lines.push(data) }
    const keep = (quiet: boolean) =>
      whitelist(log)(
        visitOf(groupMessage('x'), {
          config: { platform_settings: { id_whitelist: ['1'], id_whitelist_log: !quiet } },
        }),
      )
    await keep(true)
    expect(lines).toEqual([])
    await keep(false)
    expect(lines).toEqual([{ umo: 'qq:GroupMessage:900' }])
  })
})

test('a session that is switched off is left alone', async () => {
  const rules = (session_enabled: boolean) => ({ rules: { session_service_config: { session_enabled } } })
  expect(said(await sessionStatus(visitOf(groupMessage('x'), rules(false))))).toBe('the session is switched off')
  expect(said(await sessionStatus(visitOf(groupMessage('x'), rules(true))))).toBe('on')
})

describe('the rate limit', () => {
  const limit = (rate_limit: object) => ({ config: { platform_settings: { rate_limit } } })
  const open = () => {
    const clock = manualClock()
    const slept: number[] = []
    const stage = rateLimit(clock, async (ms, signal) => {
      await new Promise(resolve => setTimeout(resolve, 1))
      signal.throwIfAborted()
      slept.push(ms)
      clock.advance(ms)
    })
    return {
      clock,
      slept,
      pass: async (options: VisitOptions, message = groupMessage('x')) => said(await stage(visitOf(message, options))),
    }
  }

  it('discards what is too much, until the window has moved on', async () => {
    const { clock, pass } = open()
    const two = limit({ time: 60, count: 2, strategy: 'discard' })
    expect([await pass(two), await pass(two), await pass(two)]).toEqual(['on', 'on', 'too many messages'])
    clock.advance(60_000)
    expect(await pass(two)).toBe('on')
  })

  it('lets web chats pass', async () => {
    const { pass } = open()
    const one = limit({ time: 60, count: 1, strategy: 'discard' })
    const message = { ...groupMessage('x'), adapter: 'webchat' }
    expect([await pass(one, message), await pass(one, message)]).toEqual(['on', 'on'])
  })

  it('counts by origin: equal session ids of two bots do not share it', async () => {
    const { pass } = open()
    const one = limit({ time: 60, count: 1, strategy: 'discard' })
    expect(await pass(one)).toBe('on')
    expect(await pass(one, groupMessage('x', { umo: 'other:GroupMessage:900' }))).toBe('on')
  })

  it('lets what is too much wait in its order, a little longer than it must', async () => {
    const { pass, slept } = open()
    const one = limit({ time: 10, count: 1, strategy: 'stall' })
    const order: number[] = []
    await Promise.all([0, 1, 2].map(i => pass(one).then(() => order.push(i))))
    expect(order).toEqual([0, 1, 2])
    expect(slept).toEqual([10_300, 10_300])
  })

  it('keeps no endless queue, and lets go of those who stop waiting', async () => {
    const { pass } = open()
    const one = limit({ time: 10, count: 1, strategy: 'stall' })
    const controller = new AbortController()
    const all = Array.from({ length: 103 }, () => pass({ ...one, signal: controller.signal }))
    controller.abort()
    const verdicts = await Promise.all(all)
    expect(verdicts.filter(one => one === 'too many messages')).toHaveLength(2)
    expect(verdicts.filter(one => one === 'it was stopped while it waited')).toHaveLength(100)
    expect(await pass(limit({ time: 10, count: 5, strategy: 'stall' }))).toBe('on')
  })

  it('is off with a count of zero', async () => {
    const { pass } = open()
    const off = limit({ time: 60, count: 0, strategy: 'discard' })
    expect([await pass(off), await pass(off)]).toEqual(['on', 'on'])
  })
})

describe('content safety', () => {
  const judge = async (text: string, content_safety: object, addressed = true) => {
    const censor = createCensor(silentLog, async (_config, words) => !words.includes('remote'))
    const visit = visitOf(groupMessage(text), { config: { content_safety } })
    visit.addressed = addressed
    return contentSafety(censor)(visit)
  }
  const words = (...extra_keywords: string[]) => ({ internal_keywords: { enable: true, extra_keywords } })

  it('reads keywords as patterns, and those that are none as they are', async () => {
    expect(said(await judge('a bad word', words('b[ae]d')))).toBe('its content is blocked')
    expect(said(await judge('open (here', words('(')))).toBe('its content is blocked')
    expect(said(await judge('fine', words('(', ' ', 'b[ae]d')))).toBe('on')
    expect(said(await judge('bad', { internal_keywords: { enable: false, extra_keywords: ['bad'] } }))).toBe('on')
  })

  it('does not let a text pass over which a pattern never comes to an end', async () => {
    expect(said(await judge(`${'a'.repeat(60)}!`, words('(a+)+$')))).toBe('its content is blocked')
  })

  it('tells those who spoke to the bot', async () => {
    expect(await judge('bad', words('bad'))).toMatchObject({ reply: blockedText })
    expect(await judge('bad', words('bad'), false)).not.toHaveProperty('reply')
  })

  it('reads what is quoted', async () => {
    const reply: Component = { type: 'reply', messageId: '1', text: 'a bad word' }
    const censor = createCensor(silentLog, async () => true)
    const visit = visitOf(groupMessage('look', { components: [reply] }), { config: { content_safety: words('bad') } })
    expect(said(await contentSafety(censor)(visit))).toBe('its content is blocked')
  })

  it('asks the service only where it is on', async () => {
    expect(said(await judge('remote', words()))).toBe('on')
    const on = { baidu_aip: { enable: true, app_id: '', api_key: 'k', secret_key: 's' } }
    expect(said(await judge('remote', on))).toBe('its content is blocked')
    expect(said(await judge('fine', on))).toBe('on')
  })
})
