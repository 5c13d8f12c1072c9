import { expect, test } from 'vitest'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { createWorld } from '../world.testing.ts'
import { umoInfo } from './index.ts'

describeEveryStore('the names of origins', stores => {
  test('come from traffic, and from users before that', async () => {
    const { origins } = createWorld(await stores.open())
    const umo = 'telegram:GroupMessage:-100'
    await origins.noteSpeaker(umo, '7', 'Old group')
    await origins.noteSpeaker(umo, '8', ` New group ${'x'.repeat(300)}`)
    await origins.setAlias(umo, '9', 'Friends')
    const [info] = await origins.infos([umo])
    expect(info).toMatchObject({ platform: 'telegram', user_alias: 'Friends', display_name: 'Friends' })
    expect(info?.auto_name).toHaveLength(255)
    expect(info?.creator_sender_id).toBe('7')
    await origins.setAlias(umo, '9', ' ')
    expect((await origins.infos([umo]))[0]?.display_name).toMatch(/^New group/)
    await origins.forget(umo)
    expect((await origins.infos([umo]))[0]).toEqual(umoInfo(umo, undefined))
  })

  test('are answered in the order of the question, known or not', async () => {
    const { origins } = createWorld(await stores.open())
    const umos = Array.from({ length: 1200 }, (_, i) => `p:FriendMessage:${i}`)
    await origins.noteSpeaker('p:FriendMessage:1199', 's', 'last')
    const infos = await origins.infos(umos)
    expect(infos.map(info => info.umo)).toEqual(umos)
    expect(infos.at(-1)?.auto_name).toBe('last')
  })

  test('follow a user through a change of name', async () => {
    const { origins } = createWorld(await stores.open())
    await origins.noteSpeaker('webchat:FriendMessage:webchat!al!1', 'al', 'al')
    await origins.noteSpeaker('webchat:FriendMessage:webchat!alma!1', 'alma', 'alma')
    await origins.renameOrigins('webchat:FriendMessage:webchat!al!', 'webchat:FriendMessage:webchat!bo!')
    const umos = ['webchat:FriendMessage:webchat!bo!1', 'webchat:FriendMessage:webchat!alma!1']
    expect((await origins.infos(umos)).map(info => info.auto_name)).toEqual(['al', 'alma'])
  })
})

test.each([
  ['a:FriendMessage:x:y', ['a', 'FriendMessage', 'x:y']],
  ['a:b', ['a', 'b', 'a:b']],
  ['alone', ['alone', 'unknown', 'alone']],
  [':GroupMessage:1', ['unknown', 'GroupMessage', '1']],
])('%s is taken apart leniently', (umo, parts) => {
  const { platform, message_type, session_id, display_name } = umoInfo(umo, undefined)
  expect([platform, message_type, session_id]).toEqual(parts)
  expect(display_name).toBe(umo)
})
