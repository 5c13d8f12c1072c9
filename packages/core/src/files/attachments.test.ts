import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { insertMessage, insertSession } from '../chat/store.ts'
import { describeEveryStore } from '../store/every-store.testing.ts'
import type { Store } from '../store/index.ts'
import { dashboard, filesFixture, key, otherKey, png } from './files.testing.ts'

const notFound = expect.objectContaining({ code: 'attachment_not_found' })
const fileNotFound = expect.objectContaining({ code: 'file_not_found' })

async function message(store: Store, session: string, apiKeyId: string | null, ...attachments: string[]) {
  const now = 1
  await insertSession(store.db, {
    session_id: session,
    platform_id: 'webchat',
    creator: 'somebody',
    api_key_id: apiKeyId,
    display_name: null,
    is_group: 0,
    created_at: now,
    updated_at: now,
  })
  const parts = attachments.map(id => ({ type: 'file', attachment_id: id }))
  return insertMessage(store.db, {
    platform_id: 'webchat',
    user_id: session,
    sender_id: 'somebody',
    sender_name: 'somebody',
    content: JSON.stringify({ type: 'user', message: parts }),
    llm_checkpoint_id: null,
    created_at: now,
    updated_at: now,
  })
}

describeEveryStore('attachments', stores => {
  test('keep every upload, also of one name at one time', async () => {
    await using fixture = await filesFixture(await stores.open())
    const { attachments } = fixture.files
    const added = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const { path } = await fixture.spooled(`text ${i}`)
        return attachments.add({ path, filename: '../same.txt', contentType: 'text/plain' }, dashboard)
      }),
    )
    expect(new Set(added.map(row => row.stored_name)).size).toBe(20)
    for (const [i, row] of added.entries()) {
      expect(row).toMatchObject({ filename: 'same.txt', type: 'file', mime_type: 'text/plain', owner: 'astrbot' })
      expect(row.stored_name).toMatch(/^\d{17}_[0-9a-f]{4}_same\.txt$/)
      const file = await attachments.file(await attachments.find(row.attachment_id, dashboard))
      expect(await readFile(file.path, 'utf8')).toBe(`text ${i}`)
      expect(file.size).toBe(row.size)
    }
    expect(await readdir(fixture.files.spool)).toEqual([])
  })

  test('tell what an image is by its bytes, and only that', async () => {
    await using fixture = await filesFixture(await stores.open())
    const add = async (filename: string, contentType: string | undefined, bytes: string | Uint8Array) => {
      const { path } = await fixture.spooled(bytes)
      const row = await fixture.files.attachments.add({ path, filename, contentType }, dashboard)
      return [row.filename, row.type, row.mime_type]
    }
    expect(await add('a.jpeg', 'image/jpeg', png)).toEqual(['a.png', 'image', 'image/png'])
    expect(await add('b.png', 'image/*', png)).toEqual(['b.png', 'image', 'image/png'])
    expect(await add('b.png', 'image/*', 'x')).toEqual(['b.png', 'file', 'application/octet-stream'])
    expect(await add('A.PNG', 'image/x-png', png)).toEqual(['A.PNG', 'image', 'image/png'])
    expect(await add('a.svg', 'image/svg+xml', '<svg/>')).toEqual(['a.svg', 'image', 'image/svg+xml'])
    expect(await add('a.png', 'application/octet-stream', png)).toEqual(['a.png', 'file', 'application/octet-stream'])
    expect(await add('empty', 'audio/wav', '')).toEqual(['empty', 'record', 'audio/wav'])
    const [unnamed] = await add('..', undefined, 'x')
    expect(unnamed).toMatch(/^\d{17}_[0-9a-f]{4}$/)
  })

  test('are there for their owner, for sessions of the key, and for the dashboard', async () => {
    const store = await stores.open()
    await using fixture = await filesFixture(store)
    const { attachments } = fixture.files
    const add = async (filename: string, owner: typeof key) => {
      const { path } = await fixture.spooled(filename)
      return attachments.add({ path, filename }, owner)
    }
    const own = await add('own.txt', key)
    const desk = await add('desk.txt', dashboard)
    for (const id of [own.attachment_id, desk.attachment_id]) await attachments.find(id, dashboard)
    await attachments.find(own.attachment_id, key)
    await expect(attachments.find(own.attachment_id, otherKey)).rejects.toEqual(notFound)
    await expect(attachments.find(desk.attachment_id, key)).rejects.toEqual(notFound)
    await expect(attachments.find("' or 1=1 --", dashboard)).rejects.toEqual(notFound)

    const ids = [own.attachment_id, desk.attachment_id, 'unknown']
    expect([...(await attachments.resolve(ids, key, 'own')).keys()]).toEqual([own.attachment_id])
    expect((await attachments.resolve(ids, key, 'sendable')).size).toBe(2)
    expect([...(await attachments.resolve(ids, otherKey, 'sendable')).keys()]).toEqual([desk.attachment_id])
    expect((await attachments.resolve([], key, 'own')).size).toBe(0)

    await message(store, 'session of the key', 'k1', desk.attachment_id)
    await attachments.find(desk.attachment_id, key)
    await attachments.fileByName(desk.stored_name, key)
    await expect(attachments.find(desk.attachment_id, otherKey)).rejects.toEqual(notFound)
    await expect(attachments.fileByName(desk.stored_name, otherKey)).rejects.toEqual(fileNotFound)

    await attachments.delete(desk.attachment_id, key)
    await attachments.delete(own.attachment_id, otherKey)
    await attachments.delete('unknown', dashboard)
    await attachments.find(desk.attachment_id, dashboard)
    await attachments.delete(own.attachment_id, key)
    await expect(attachments.find(own.attachment_id, key)).rejects.toEqual(notFound)
    expect(await readdir(join(fixture.dataDir, 'attachments'))).toEqual([desk.stored_name])

    await fixture.files.renameOwner('astrbot', 'boss')
    expect((await attachments.find(desk.attachment_id, dashboard)).owner).toBe('boss')
  })

  test('are found by name: stored first, then the newest shown, then loose files', async () => {
    await using fixture = await filesFixture(await stores.open())
    const { attachments } = fixture.files
    const folder = join(fixture.dataDir, 'attachments')
    const add = async (bytes: string) => {
      const { path } = await fixture.spooled(bytes)
      return attachments.add({ path, filename: 'page.html', contentType: 'text/plain' }, key)
    }
    const first = await add('1')
    await add('22')
    const read = async (name: string, who = dashboard) =>
      readFile((await attachments.fileByName(name, who)).path, 'utf8')
    expect(await read(first.stored_name)).toBe('1')
    expect(await read(`some/folder/${first.stored_name}`)).toBe('1')
    expect(await read('page.html')).toBe('22')
    expect((await attachments.fileByName('page.html', key)).mimeType).toBe('text/html')

    await writeFile(join(folder, 'loose.wav'), 'w')
    await mkdir(join(fixture.dataDir, 'webchat', 'imgs'), { recursive: true })
    await writeFile(join(fixture.dataDir, 'webchat', 'imgs', 'old.jpg'), 'j')
    await writeFile(join(fixture.dataDir, 'secret.txt'), 's')
    await symlink(join(fixture.dataDir, 'secret.txt'), join(folder, 'link.txt'))
    await mkdir(join(folder, 'folder'))
    expect(await attachments.fileByName('loose.wav', dashboard)).toMatchObject({ mimeType: 'audio/wav', size: 1 })
    expect(await read('old.jpg')).toBe('j')
    await expect(attachments.fileByName('loose.wav', key)).rejects.toEqual(fileNotFound)
    for (const name of ['link.txt', 'folder', 'dir/', '..', '../secret.txt', 'secret.txt', '', 'a\0b', '%2e%2e'])
      await expect(attachments.fileByName(name, dashboard)).rejects.toEqual(fileNotFound)

    await rm(join(folder, first.stored_name))
    await symlink(join(fixture.dataDir, 'secret.txt'), join(folder, first.stored_name))
    await expect(attachments.file(first)).rejects.toEqual(fileNotFound)
  })

  test('go with the last message that refers to them', async () => {
    const store = await stores.open()
    await using fixture = await filesFixture(store)
    const { attachments } = fixture.files
    const add = async (owner: typeof key) => {
      const { path } = await fixture.spooled('x')
      return attachments.add({ path, filename: 'x' }, owner)
    }
    const [once, twice, foreign, unused] = [await add(key), await add(key), await add(dashboard), await add(key)]
    await message(store, 's1', 'k1', once.attachment_id, twice.attachment_id, foreign.attachment_id, 'gone')
    await message(store, 's2', 'k1', twice.attachment_id)
    const forget = (session: string) =>
      store.db.transaction().execute(transaction =>
        attachments.forget(transaction, session, 'k1', async () => {
          await transaction.deleteFrom('platform_message_history').where('user_id', '=', session).execute()
        }),
      )
    expect(await forget('s1')).toEqual([once.stored_name])
    await attachments.erase([once.stored_name, 'was never there'])
    expect(await forget('s2')).toEqual([twice.stored_name])
    await attachments.erase([twice.stored_name])
    const left = [foreign.stored_name, unused.stored_name].sort()
    expect((await readdir(join(fixture.dataDir, 'attachments'))).sort()).toEqual(left)
  })
})
