import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { form } from './support/forms.ts'
import { TestServer } from './support/server.ts'

type Credentials = Record<string, string>

const chunkBytes = 1024 * 1024
const mebibyte = 1024 * 1024

let server: TestServer
let key: Credentials
let otherKey: Credentials

beforeAll(async () => {
  server = await TestServer.start()
  const newKey = async () => (await server.call('createApiKey', { json: { scopes: ['file'] } })).data.api_key
  key = { 'x-api-key': await newKey() }
  otherKey = { 'x-api-key': await newKey() }
})
afterAll(() => server[Symbol.asyncDispose]())

interface Caller {
  as: 'nobody' | 'token'
  headers: Credentials
}

const by = (headers: Credentials): Caller => ({ as: 'nobody', headers })

async function open(total: number | string, who = by(key), more: object = {}) {
  return server.call('uploadFileInit', { ...who, json: { filename: 'big.bin', total_size: total, ...more } })
}

async function sendChunk(id: string, index: number | string, bytes: Uint8Array<ArrayBuffer>, who = by(key)) {
  const chunk = { name: 'blob', bytes }
  return server.call('uploadFileChunk', {
    ...who,
    ...(await form({ upload_id: id, chunk_index: String(index), chunk })),
  })
}

function listOf(...names: string[]): Promise<string[]> {
  return readdir(join(server.dataDir, ...names))
}

describe('uploads in chunks', () => {
  it('put a file together from chunks in any order, at once and again', async () => {
    const bytes = new Uint8Array(randomBytes(5 * chunkBytes + 77))
    const opened = await open(String(bytes.byteLength), by(key), { content_type: 'application/x-proof' })
    expect(opened.data).toMatchObject({ chunk_size: chunkBytes, total_chunks: 6 })
    const id = opened.data.upload_id
    const part = (index: number) => bytes.slice(index * chunkBytes, (index + 1) * chunkBytes)
    expect((await sendChunk(id, 5, part(5))).data).toEqual({ received: 1, total: 6, chunk_index: 5 })
    const early = await server.call('uploadFileComplete', { ...by(key), json: { upload_id: id } })
    expect([early.status, early.message]).toEqual([409, 'Chunks incomplete, missing: [0, 1, 2, 3, 4]...'])
    await sendChunk(id, 0, new Uint8Array(chunkBytes))
    await Promise.all([0, 1, 2, 3, 4, 0, 4].map(index => sendChunk(id, index, part(index))))
    await server.restart()
    const status = await server.call('uploadFileStatus', { ...by(key), json: { upload_id: id } })
    expect(status.data).toMatchObject({ received_chunks: [0, 1, 2, 3, 4, 5], total_chunks: 6, chunk_size: chunkBytes })
    expect(status.data.expires_in).toBeGreaterThan(3500)
    const done = await server.call('uploadFileComplete', { ...by(key), json: { upload_id: id } })
    expect(done.data).toMatchObject({ filename: 'big.bin', type: 'file' })
    const sent = await server.fetch(`/api/v1/files/${done.data.attachment_id}/content`, { headers: key })
    expect(sent.headers.get('content-type')).toBe('application/x-proof')
    expect(Buffer.from(await sent.arrayBuffer()).equals(bytes)).toBe(true)
    const again = await server.call('uploadFileComplete', { ...by(key), json: { upload_id: id } })
    expect(again.error.code).toBe('upload_not_found')
    expect(await listOf('temp', 'uploads')).toEqual([])
    expect(await listOf('temp', 'spool')).toEqual([])
  })

  it('belong to one caller', async () => {
    const id = (await open(10)).data.upload_id
    for (const who of [by(otherKey), { as: 'token' as const, headers: {} } satisfies Caller]) {
      const json = { upload_id: id }
      expect((await server.call('uploadFileStatus', { ...who, json })).error.code).toBe('upload_not_found')
      expect((await server.call('uploadFileComplete', { ...who, json })).error.code).toBe('upload_not_found')
      expect((await sendChunk(id, 0, new Uint8Array(10), who)).error.code).toBe('upload_not_found')
      expect((await server.call('uploadFileAbort', { ...who, json })).error.code).toBe('upload_not_found')
    }
    const json = { upload_id: id }
    expect((await server.call('uploadFileStatus', { ...by(key), json })).status).toBe(200)
    expect((await server.call('uploadFileAbort', { ...by(key), json })).status).toBe(200)
    expect((await server.call('uploadFileAbort', { ...by(key), json })).status).toBe(200)
    expect((await server.call('uploadFileStatus', { ...by(key), json })).status).toBe(404)
  })

  it('refuse what does not fit', async () => {
    expect((await open(512 * mebibyte)).status).toBe(200)
    const large = await open(512 * mebibyte + 1)
    expect([large.status, large.error.code, large.message]).toEqual([
      413,
      'file_too_large',
      'File too large (limit 512 MB)',
    ])
    for (const size of [0, -1, 1.5, '0', 'ten', '']) expect((await open(size as number)).status).toBe(422)
    expect((await server.call('uploadFileInit', { ...by(key), json: { total_size: 1 } })).status).toBe(422)
    const id = (await open(10)).data.upload_id
    const refused = async (index: number | string, bytes: number) => {
      const answer = await sendChunk(id, index, new Uint8Array(bytes))
      return [answer.status, answer.error.code]
    }
    expect(await refused(1, 10)).toEqual([400, 'chunk_out_of_range'])
    expect(await refused(0, 9)).toEqual([400, 'chunk_size_mismatch'])
    expect(await refused(0, 0)).toEqual([400, 'chunk_size_mismatch'])
    expect(await refused(-1, 10)).toEqual([422, 'validation_failed'])
    expect(await refused('x', 10)).toEqual([422, 'validation_failed'])
    expect(await refused(0, chunkBytes + 1)).toEqual([413, 'payload_too_large'])
    expect(await refused(0, 3 * chunkBytes)).toEqual([413, 'payload_too_large'])
    expect(await listOf('temp', 'spool')).toEqual([])
  })

  it('answer every error that the contract names', async () => {
    const json = { upload_id: 'x' }
    const operations = ['uploadFileInit', 'uploadFileStatus', 'uploadFileComplete', 'uploadFileAbort'] as const
    for (const id of operations) {
      expect((await server.call(id, { as: 'nobody', json })).status).toBe(401)
      expect((await server.call(id, { as: 'weakKey', json })).status).toBe(403)
      expect((await server.call(id, { json: {} })).status).toBe(422)
      expect((await server.call(id, { body: '{', type: 'application/json' })).status).toBe(400)
      expect((await server.call(id, { body: 'x', type: 'text/plain' })).status).toBe(415)
      const huge = JSON.stringify({ upload_id: 'x'.repeat(9 * mebibyte) })
      expect((await server.call(id, { body: huge, type: 'application/json' })).status).toBe(413)
    }
    const chunk = await form({ upload_id: 'x', chunk_index: '0', chunk: { name: 'blob', bytes: 'x' } })
    expect((await server.call('uploadFileChunk', { as: 'nobody', ...chunk })).status).toBe(401)
    expect((await server.call('uploadFileChunk', { as: 'weakKey', ...chunk })).status).toBe(403)
    expect((await server.call('uploadFileChunk', { json })).status).toBe(415)
    expect((await server.call('uploadFileChunk', await form({ upload_id: 'x' }))).status).toBe(422)
    for (const id of ['uploadFileStatus', 'uploadFileComplete'] as const)
      expect((await server.call(id, { json: { upload_id: '../../attachments' } })).status).toBe(404)
  })
})

describe('large and broken bodies', () => {
  it('are refused before they are read when they say how long they are', async () => {
    const headers = { ...key, 'content-type': 'multipart/form-data; boundary=b', 'content-length': `${514 * mebibyte}` }
    for (const path of ['/api/v1/files', '/api/v1/file']) {
      const started = performance.now()
      const status = await new Promise<number | undefined>((resolve, reject) => {
        // Only the head is sent: an answer can come only from it.
        const call = request(`${server.url}${path}`, { method: 'POST', headers }, answer => {
          resolve(answer.statusCode)
          call.destroy()
        })
        call.on('error', reject)
        call.flushHeaders()
      })
      expect(status).toBe(413)
      expect(performance.now() - started).toBeLessThan(15_000)
    }
  })

  it('are cut off where they grow too long', async () => {
    const id = 'uploadFile' as const
    await using small = await TestServer.start({ env: { ASTRBOT_MAX_UPLOAD_BYTES: '1000' } })
    const exact = await form({ file: { name: 'a', bytes: new Uint8Array(1000) } })
    const over = await form({ file: { name: 'a', bytes: new Uint8Array(1001) } })
    expect((await small.call(id, exact)).status).toBe(200)
    const answer = await small.call(id, over)
    expect([answer.status, answer.error.code]).toEqual([413, 'payload_too_large'])
    expect((await small.call('uploadOpenApiFile', over)).status).toBe(413)
    expect((await small.call('uploadFileInit', { json: { filename: 'a', total_size: 1001 } })).status).toBe(413)
    expect(
      (await small.call(id, await form({ file: { name: 'a', bytes: 'x' }, note: 'n'.repeat(2 * mebibyte) }))).status,
    ).toBe(413)
    expect(await readdir(join(small.dataDir, 'temp', 'spool'))).toEqual([])
    expect(await readdir(join(small.dataDir, 'attachments'))).toHaveLength(1)
  })

  it('leave nothing behind when the sender goes away', async () => {
    const before = await listOf('attachments')
    await new Promise<void>(resolve => {
      const call = request(`${server.url}/api/v1/files`, {
        method: 'POST',
        headers: { ...key, 'content-type': 'multipart/form-data; boundary=b' },
      })
      call.on('error', () => resolve())
      call.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n')
      call.write(Buffer.alloc(3 * mebibyte))
      setTimeout(() => call.destroy(new Error('gone')), 200)
    })
    await expect.poll(() => listOf('temp', 'spool'), { timeout: 15_000 }).toEqual([])
    expect(await listOf('attachments')).toEqual(before)
  })

  it('pass through in little memory', { timeout: 120_000 }, async () => {
    const size = 300 * mebibyte
    const block = randomBytes(mebibyte)
    const hash = createHash('sha256')
    let sent = 0
    let peak = 0
    const watch = () => {
      peak = Math.max(peak, process.memoryUsage.rss())
    }
    const head =
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/x-big\r\n\r\n'
    const body = new ReadableStream<Uint8Array>(
      {
        start: controller => controller.enqueue(Buffer.from(head)),
        pull(controller) {
          watch()
          if (sent === size) {
            controller.enqueue(Buffer.from('\r\n--b--\r\n'))
            controller.close()
            return
          }
          hash.update(block)
          sent += block.byteLength
          controller.enqueue(block)
        },
      },
      { highWaterMark: 0 },
    )
    const start = process.memoryUsage.rss()
    const init = {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { ...key, 'content-type': 'multipart/form-data; boundary=b' },
    }
    const answer = await server.fetch('/api/v1/files', init as RequestInit)
    const { data } = (await answer.json()) as { data: { attachment_id: string } }
    const digest = hash.digest('hex')

    const download = await server.fetch(`/api/v1/files/${data.attachment_id}/content`, { headers: key })
    expect(download.headers.get('content-length')).toBe(String(size))
    const received = createHash('sha256')
    for await (const piece of download.body ?? []) {
      watch()
      received.update(piece)
    }
    expect(received.digest('hex')).toBe(digest)
    // Sender, server and receiver share this process; a third of the file at most is garbage on its way out.
    expect((peak - start) / mebibyte).toBeLessThan(100)
    await server.call('deleteAttachment', { params: { attachment_id: data.attachment_id } })
  })
})
