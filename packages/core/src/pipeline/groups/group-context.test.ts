import { expect, test } from 'vitest'
import type { Component, InboundMessage } from '../../platforms/index.ts'
import { groupMessage, privateMessage, profileWith } from '../visit.testing.ts'
import { GroupContext } from './group-context.ts'

const on = (settings: object = {}) => profileWith({ provider_ltm_settings: { group_icl_enable: true, ...settings } })
const plain = (text: string): Component => ({ type: 'plain', text })

const lines = (messages: InboundMessage[], config = on()) => {
  const group = new GroupContext()
  const question = groupMessage('the question')
  for (const message of [...messages, question]) group.note(message, config)
  return (
    group
      .take('qq:GroupMessage:900', question)
      ?.split('\n')
      .filter(line => line.startsWith('[')) ?? []
  )
}

test('what was said is told in lines, the question itself left out', () => {
  expect(lines([groupMessage('hello')])).toEqual(['[Ada/12:00:00]: hello'])
  expect(lines([groupMessage('hello')], on({}))).toHaveLength(1)
  expect(lines([])).toEqual([])
})

test('pieces that are not text are named', () => {
  const components: Component[] = [
    { type: 'reply', messageId: '1', senderName: 'Bob', text: 'x'.repeat(300) },
    { type: 'at', userId: '100' },
    plain('see'),
    { type: 'image', file: 'x' },
    { type: 'share', url: 'u', title: 'News' },
  ]
  const [line] = lines([groupMessage('see', { components })])
  expect(line).toBe(
    `[Ada/12:00:00]: ⚠️[DIRECTED AT YOU] [Quote(Bob: ${'x'.repeat(200)})] [At: 100] see [Image] [Shared Card: News]`,
  )
})

test('only so much is kept, only of groups, and only where the profile listens', () => {
  const three = ['a', 'b', 'c'].map(text => groupMessage(text))
  expect(lines(three, on({ group_message_max_cnt: 2 }))).toEqual(['[Ada/12:00:00]: c'])
  expect(lines(three, on({ group_icl_enable: false }))).toEqual([])
  expect(lines([privateMessage('hello')])).toEqual([])
})

test('it is told once, and can be forgotten', () => {
  const group = new GroupContext()
  const umo = 'qq:GroupMessage:900'
  const [earlier, question] = [groupMessage('a'), groupMessage('b')]
  for (const message of [earlier, question]) group.note(message, on())
  expect(group.take(umo, question)).toContain('a')
  expect(group.take(umo, question)).toBeUndefined()
  for (const message of [earlier, question]) group.note(message, on())
  group.forget(umo)
  expect(group.take(umo, question)).toBeUndefined()
})

test('what is said while a question is on its way stays for the next one', () => {
  const group = new GroupContext()
  const umo = 'qq:GroupMessage:900'
  const [before, question, after] = ['before', 'the question', 'meanwhile'].map(text => groupMessage(text))
  for (const message of [before, question, after]) if (message) group.note(message, on())
  expect(question && group.take(umo, question)).toMatch(/: before\n---/)
  const command = groupMessage('/sid')
  group.note(command, on())
  group.note(groupMessage('next'), on())
  group.drop(umo, command)
  const last = groupMessage('last question')
  group.note(last, on())
  expect(group.take(umo, last)).toMatch(/: meanwhile\n.*: next\n---/)
})
