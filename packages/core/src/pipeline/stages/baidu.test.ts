import { manualClock } from '@astrbot/testing'
import { expect, test } from 'vitest'
import { silentLog } from '../../log.ts'
import { profileWith } from '../visit.testing.ts'
import { baiduCensor } from './baidu.ts'

const config = profileWith({ content_safety: { baidu_aip: { enable: true, api_key: 'k', secret_key: 's' } } })
const never = new AbortController().signal

const censorWith = (answer: (text: string) => unknown) => {
  const asked: string[] = []
  const clock = manualClock()
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input))
    asked.push(url.pathname)
    if (url.pathname === '/oauth/2.0/token') return Response.json({ access_token: 't', expires_in: 3600 })
    expect(url.searchParams.get('access_token')).toBe('t')
    return Response.json(answer(new URLSearchParams(String(init?.body)).get('text') ?? ''))
  }
  const censor = baiduCensor(fetch, clock, silentLog)
  return { asked, clock, judge: (text: string) => censor(config, text, never) }
}

test('only an explicit verdict passes, and a token is used until it ends', async () => {
  const { judge, asked, clock } = censorWith(text => ({ conclusionType: text === 'fine' ? 1 : 2 }))
  expect(await judge('fine')).toBe(true)
  expect(await judge('bad & ugly')).toBe(false)
  expect(asked.filter(path => path.startsWith('/oauth'))).toHaveLength(1)
  clock.advance(3_600_000)
  expect(await judge('fine')).toBe(true)
  expect(asked.filter(path => path.startsWith('/oauth'))).toHaveLength(2)
})

test('a service that fails lets nothing through', async () => {
  const { judge } = censorWith(() => ({ error_code: 17 }))
  expect(await judge('fine')).toBe(false)
  const broken = baiduCensor(
    async () => {
      throw new Error('no network')
    },
    manualClock(),
    silentLog,
  )
  expect(await broken(config, 'fine', never)).toBe(false)
})
