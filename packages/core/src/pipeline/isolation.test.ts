import { expect, test } from 'vitest'
import { isolated } from './isolation.ts'
import { groupMessage, privateMessage } from './visit.testing.ts'

test.each([
  ['aiocqhttp', 'qq:GroupMessage:7_900'],
  ['slack', 'qq:GroupMessage:7_900'],
  ['dingtalk', 'qq:GroupMessage:7'],
  ['qq_official', 'qq:GroupMessage:7'],
  ['lark', 'qq:GroupMessage:7%900'],
  ['misskey', 'qq:GroupMessage:room_7'],
  ['matrix', 'qq:GroupMessage:7_900'],
  ['telegram', 'qq:GroupMessage:room'],
  ['constructor', 'qq:GroupMessage:room'],
])('%s names the conversation of a member %s', (adapter, umo) => {
  const message = groupMessage('x', { adapter, sessionId: 'room', umo: 'qq:GroupMessage:room' })
  expect(isolated(message)).toMatchObject({ umo, sender: message.sender })
})

test('private chats stay as they are', () => {
  const message = privateMessage('x')
  expect(isolated(message)).toBe(message)
})
