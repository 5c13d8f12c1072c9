import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileCaller } from '../files/index.ts'
import type { LlmMessage } from '../providers/model.ts'
import { type ChatFixture, chatFixture, eventsOf } from './fixture.ts'

const me = { username: 'me', apiKeyId: null } as const
const keyed = { username: 'ann', apiKeyId: 'k1' } as const
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const dataUrl = `data:image/png;base64,${png.toString('base64')}`

async function store(
  { files }: ChatFixture,
  owner: FileCaller,
  filename: string,
  type: string,
  bytes: string | Buffer,
) {
  const folder = await mkdtemp(join(tmpdir(), 'astrbot-new-file-'))
  const path = join(folder, 'file')
  await writeFile(path, bytes)
  const attachment = await files.attachments.add({ path, filename, contentType: type }, owner)
  await rm(folder, { recursive: true })
  return attachment
}

async function answered(fixture: ChatFixture, caller: typeof me | typeof keyed, message: object[]) {
  const run = await fixture.chat.send(caller, { sessionId: 's1', streaming: true, message })
  await eventsOf(run)
  const { history } = await fixture.chat.sessions.get(caller, 's1', { page: 1, pageSize: 1000 })
  return history.findLast(row => row.sender_id !== 'bot')?.content
}

function lastSeen({ model }: ChatFixture): LlmMessage['content'] | undefined {
  return model.seen.at(-1)?.at(-1)?.content
}

describe('messages with files', () => {
  it('keep the kind of the file and both names; unknown files are left out', async () => {
    await using fixture = await chatFixture()
    const image = await store(fixture, me, 'dot.png', 'image/png', png)
    const note = await store(fixture, me, 'note.txt', 'text/plain', 'n')
    const content = await answered(fixture, me, [
      { type: 'plain', text: 'look' },
      { type: 'file', attachment_id: image.attachment_id },
      { type: 'audio', attachment_id: note.attachment_id, filename: '../shown as.txt' },
      { type: 'image', attachment_id: 'unknown' },
      { type: 'image', url: 'http://example.test/x.png' },
      { type: 'plain', attachment_id: note.attachment_id },
    ])
    expect(content).toEqual({
      type: 'user',
      message: [
        { type: 'plain', text: 'look' },
        {
          type: 'image',
          attachment_id: image.attachment_id,
          filename: 'dot.png',
          stored_filename: image.stored_name,
        },
        {
          type: 'file',
          attachment_id: note.attachment_id,
          filename: 'shown as.txt',
          stored_filename: note.stored_name,
        },
      ],
    })
    await expect(
      fixture.chat.send(me, {
        sessionId: 's1',
        streaming: true,
        message: [{ type: 'image', attachment_id: 'unknown' }],
      }),
    ).rejects.toMatchObject({ code: 'message_empty' })
  })

  it('show pictures to the model, also in later turns, and name other files', async () => {
    await using fixture = await chatFixture()
    const image = await store(fixture, me, 'dot.png', 'image/png', png)
    const vector = await store(fixture, me, 'v.svg', 'image/svg+xml', '<svg/>')
    const sound = await store(fixture, me, 'v.mp3', 'audio/mpeg', 'x')
    await answered(fixture, me, [
      { type: 'plain', text: 'look' },
      { type: 'image', attachment_id: image.attachment_id },
      { type: 'image', attachment_id: vector.attachment_id },
      { type: 'record', attachment_id: sound.attachment_id },
    ])
    const shown = [
      { type: 'text', text: 'look' },
      { type: 'text', text: '[Audio: v.mp3]' },
      { type: 'image_url', image_url: { url: dataUrl } },
      { type: 'text', text: '[Image]' },
    ]
    expect(lastSeen(fixture)).toEqual(shown)
    await answered(fixture, me, [{ type: 'plain', text: 'again' }])
    expect(fixture.model.seen.at(-1)?.map(message => message.content)).toEqual([shown, 'hello', 'again'])
    const kept = await fixture.store.db.selectFrom('conversation_messages').select('message').execute()
    expect(kept.some(({ message }) => message.includes('base64'))).toBe(false)

    await fixture.files.attachments.delete(image.attachment_id, me)
    await answered(fixture, me, [{ type: 'image', attachment_id: vector.attachment_id }])
    expect(fixture.model.seen.at(-1)?.[0]?.content).toEqual([...shown.slice(0, 2), shown[3], shown[3]])
  })

  it('show nothing to a model that takes no pictures', async () => {
    await using fixture = await chatFixture()
    const image = await store(fixture, me, 'dot.png', 'image/png', png)
    Object.assign(fixture.model, { modalities: ['text', 'tool_use'] })
    await answered(fixture, me, [{ type: 'image', attachment_id: image.attachment_id }])
    expect(lastSeen(fixture)).toEqual([{ type: 'text', text: '[Image]' }])
  })

  it('take files of the own key and of the dashboard, not those of another key', async () => {
    await using fixture = await chatFixture()
    const own = await store(fixture, { username: 'api_key:k1', apiKeyId: 'k1' }, 'own', 'a/b', '1')
    const desk = await store(fixture, me, 'desk', 'a/b', '2')
    const foreign = await store(fixture, { username: 'api_key:k2', apiKeyId: 'k2' }, 'foreign', 'a/b', '3')
    const named = [own, desk, foreign].map(file => ({ type: 'file', attachment_id: file.attachment_id }))
    const content = await answered(fixture, keyed, named)
    expect(content?.message.map(part => ('filename' in part ? part.filename : ''))).toEqual(['own', 'desk'])
  })

  it('take their files along when their session is deleted, unless another one needs them', async () => {
    await using fixture = await chatFixture()
    const lonely = await store(fixture, me, 'lonely', 'a/b', '1')
    const shared = await store(fixture, me, 'shared', 'a/b', '2')
    const part = (id: string) => ({ type: 'file', attachment_id: id })
    await answered(fixture, me, [part(lonely.attachment_id), part(shared.attachment_id)])
    await eventsOf(
      await fixture.chat.send(me, { sessionId: 's2', streaming: true, message: [part(shared.attachment_id)] }),
    )
    const folder = dirname((await fixture.files.attachments.file(lonely)).path)
    await fixture.chat.sessions.delete(me, 's1')
    expect(await readdir(folder)).toEqual([shared.stored_name])
    await expect(fixture.files.attachments.find(lonely.attachment_id, me)).rejects.toThrow()
    await fixture.chat.sessions.delete(me, 's2')
    expect(await readdir(folder)).toEqual([])
  })
})
