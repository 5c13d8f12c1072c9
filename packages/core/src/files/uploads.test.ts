import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hour, minute } from '../clock.ts'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { dashboard, type FilesFixture, filesFixture, key, otherKey } from './files.testing.ts'
import { chunkBytes } from './uploads.ts'

const gone = expect.objectContaining({ code: 'upload_not_found' })
const bytes = Buffer.from(Array.from({ length: 2 * chunkBytes + 1234 }, (_, i) => (i * 31) % 251))

async function put(fixture: FilesFixture, id: string, index: number, who = key, content?: Buffer) {
  const chunk = content ?? bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)
  return fixture.files.uploads.putChunk(id, index, await fixture.spooled(chunk), who)
}

const plan = { filename: 'big.bin', total_size: bytes.byteLength, content_type: 'application/x-test' }

describeEveryStore('uploads in chunks', stores => {
  test('take chunks in any order, at once, again, and after a restart', async () => {
    await using fixture = await filesFixture(await stores.open())
    const { uploads, attachments } = fixture.files
    const opened = await uploads.open({ ...plan, total_size: String(bytes.byteLength) }, key)
    expect(opened).toMatchObject({ chunk_size: 1048576, total_chunks: 3 })
    const id = opened.upload_id
    expect(await uploads.status(id, key)).toEqual({
      received_chunks: [],
      total_chunks: 3,
      chunk_size: 1048576,
      expires_in: 3600,
    })
    expect(await put(fixture, id, 2)).toEqual({ received: 1, total: 3, chunk_index: 2 })
    await expect(uploads.complete(id, key)).rejects.toMatchObject({
      code: 'upload_incomplete',
      message: 'Chunks incomplete, missing: [0, 1]...',
    })
    await put(fixture, id, 0, key, Buffer.alloc(chunkBytes, 'x'))
    await Promise.all([put(fixture, id, 0), put(fixture, id, 0), put(fixture, id, 1), put(fixture, id, 1)])
    fixture.clock.advance(50 * minute)
    const later = (await fixture.restart()).uploads
    expect(await later.status(id, key)).toMatchObject({ received_chunks: [0, 1, 2], expires_in: 600 })
    const outcomes = await Promise.allSettled([later.complete(id, key), later.complete(id, key)])
    expect(outcomes.map(outcome => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
    const done = outcomes.find(outcome => outcome.status === 'fulfilled')
    expect(done?.value).toMatchObject({ filename: 'big.bin', mime_type: 'application/x-test', size: bytes.byteLength })
    if (!done) throw new Error('nothing was stored')
    const file = await attachments.file(await attachments.find(done.value.attachment_id, key))
    expect(bytes.equals(await readFile(file.path))).toBe(true)
    await expect(later.complete(id, key)).rejects.toEqual(gone)
    await expect(put(fixture, id, 0)).rejects.toEqual(gone)
    expect(await readdir(join(fixture.dataDir, 'temp', 'uploads'))).toEqual([])
  })

  test('belong to whoever opened them', async () => {
    await using fixture = await filesFixture(await stores.open())
    const { uploads } = fixture.files
    const { upload_id: id } = await uploads.open(plan, key)
    for (const who of [otherKey, dashboard]) {
      await expect(put(fixture, id, 0, who)).rejects.toEqual(gone)
      await expect(uploads.status(id, who)).rejects.toEqual(gone)
      await expect(uploads.complete(id, who)).rejects.toEqual(gone)
      await expect(uploads.abort(id, who)).rejects.toEqual(gone)
    }
    expect((await uploads.status(id, key)).received_chunks).toEqual([])
    await uploads.abort(id, key)
    await uploads.abort(id, key)
    await expect(uploads.status(id, key)).rejects.toEqual(gone)
    for (const strange of ['../attachments', '..', '', 'x/y', '.', `${id}.assembling`])
      await expect(uploads.status(strange, key)).rejects.toEqual(gone)
  })

  test('refuse what does not fit', async () => {
    await using fixture = await filesFixture(await stores.open(), 3 * chunkBytes)
    const { uploads } = fixture.files
    await expect(uploads.open({ ...plan, total_size: 3 * chunkBytes + 1 }, key)).rejects.toMatchObject({
      code: 'file_too_large',
      message: 'File too large (limit 3 MB)',
    })
    expect((await uploads.open({ ...plan, total_size: 3 * chunkBytes }, key)).total_chunks).toBe(3)
    const { upload_id: id } = await uploads.open(plan, key)
    await expect(put(fixture, id, 3)).rejects.toMatchObject({ code: 'chunk_out_of_range' })
    await expect(put(fixture, id, 2, key, Buffer.alloc(1235))).rejects.toMatchObject({
      message: 'Chunk size mismatch: got 1235 bytes, expected 1234',
    })
    await expect(put(fixture, id, 0, key, Buffer.alloc(0))).rejects.toMatchObject({ code: 'chunk_size_mismatch' })
    expect((await uploads.status(id, key)).received_chunks).toEqual([])
  })

  test('are forgotten an hour after the latest chunk', async () => {
    await using fixture = await filesFixture(await stores.open())
    const { uploads } = fixture.files
    const { upload_id: id } = await uploads.open(plan, key)
    fixture.clock.advance(hour - 1)
    await put(fixture, id, 1)
    fixture.clock.advance(hour - 1)
    expect((await uploads.status(id, key)).expires_in).toBe(0)
    fixture.clock.advance(1)
    await expect(uploads.status(id, key)).rejects.toEqual(gone)
    await fixture.restart()
    expect(await readdir(join(fixture.dataDir, 'temp', 'uploads'))).toEqual([])
  })

  test('go on after a crash in the middle of completing, and after a failure', async () => {
    await using fixture = await filesFixture(await stores.open())
    const { uploads } = fixture.files
    const { upload_id: id } = await uploads.open({ ...plan, total_size: 3 }, key)
    await put(fixture, id, 0, key, Buffer.from('abc'))
    const folder = join(fixture.dataDir, 'temp', 'uploads')
    await rename(join(folder, id), join(folder, `${id}.assembling`))
    await writeFile(join(folder, `${id}.assembling`, 'whole'), 'ab')
    const later = (await fixture.restart()).uploads
    expect((await later.status(id, key)).received_chunks).toEqual([0])

    const attachments = join(fixture.dataDir, 'attachments')
    await rename(attachments, `${attachments}-away`)
    await expect(later.complete(id, key)).rejects.toThrow('ENOENT')
    await rename(`${attachments}-away`, attachments)
    expect(await later.complete(id, key)).toMatchObject({ size: 3 })
  })
})
