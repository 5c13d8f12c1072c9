import { afterEach, expect, test, vi } from 'vitest'
import { createLog } from './log.ts'

afterEach(() => vi.restoreAllMocks())

function printed(data: object): string {
  let lines = ''
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    lines += String(text)
    return true
  })
  createLog('info').info(data, 'said')
  return lines
}

test.each([
  'ws://bot/ws?access_token=hidden-1',
  'https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid=a&secret=hidden-1',
  '/api/v1/chat/ws?api_key=hidden-1&username=me',
  '/x?X-Api-Key=a&client-token=hidden-1',
])('what an address carries is masked: %s', address => {
  expect(printed({ err: new Error(`no answer from ${address}`), address })).not.toContain('hidden-1')
})

test.each(['channel_secret', 'access_token', 'app_secret'])('the field %s is masked', name => {
  expect(printed({ [name]: 'hidden-1', settings: { [name]: 'hidden-1' } })).not.toContain('hidden-1')
})

test('lines stay whole: no text makes a second one', () => {
  const lines = printed({ umo: 'a\n{"level":60,"msg":"forged"}\r\n\u2028' })
  expect(lines.trimEnd().split('\n')).toHaveLength(1)
})

test('a line that is full of beginnings of tokens is masked in no time', () => {
  const started = performance.now()
  printed({ text: 'eyJaaaaaaaa'.repeat(30_000), query: '&key'.repeat(30_000) })
  expect(performance.now() - started).toBeLessThan(5000)
})
