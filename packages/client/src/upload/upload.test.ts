import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { type UploadProgress, type UploadSource, upload } from './index.ts'

const chunkSize = 1000

/** A server that takes uploads, and breaks off the calls whose numbers it is given. */
async function storage({ broken = [], chunks = true }: { broken?: readonly number[]; chunks?: boolean } = {}) {
  const uploads = new Map<string, { total: number; name: string; parts: Map<number, Buffer> }>()
  const calls: string[] = []
  const stored: { name: string; type: string; bytes: Buffer }[] = []
  const server = createServer(async (request, response) => {
    const step = request.url?.split('/').at(-1) ?? ''
    const number = calls.push(step)
    const body: Buffer[] = []
    for await (const piece of request) body.push(piece)
    const headers = { 'content-type': request.headers['content-type'] ?? '' }
    const bytes = Buffer.concat(body)
    const isForm = headers['content-type'].startsWith('multipart')
    const fields = isForm
      ? Object.fromEntries([...(await new Response(bytes, { headers }).formData())])
      : JSON.parse(bytes.toString() || '{}')
    const say = (status: number, data: object, message: string | null = null) =>
      response
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(JSON.stringify({ status: status < 300 ? 'ok' : 'error', message, data }))
    const keep = (name: string, type: string, all: Buffer) => {
      stored.push({ name, type, bytes: all })
      say(200, { attachment_id: `a-${stored.length}`, filename: name, type: 'file' })
    }
    // Every second one after the work is done.
    const isBroken = broken.includes(number)
    if (isBroken && number % 2 === 0) return void response.destroy()
    if (isBroken) response.end = response.destroy as never
    const one = uploads.get(fields.upload_id)
    if (step === 'files') keep(fields.file.name, fields.file.type, Buffer.from(await fields.file.arrayBuffer()))
    else if (!chunks) say(404, { code: 'not_found' }, 'not found')
    else if (step === 'init') {
      const id = `u-${uploads.size}`
      uploads.set(id, { total: fields.total_size, name: fields.filename, parts: new Map() })
      say(200, { upload_id: id, chunk_size: chunkSize, total_chunks: Math.ceil(fields.total_size / chunkSize) })
    } else if (step === 'abort') say(200, {})
    else if (!one) say(404, { code: 'upload_not_found' }, 'Upload session not found or expired')
    else if (step === 'chunk') {
      one.parts.set(Number(fields.chunk_index), Buffer.from(await fields.chunk.arrayBuffer()))
      say(200, { received: one.parts.size })
    } else if (step === 'status')
      say(200, { received_chunks: [...one.parts.keys()], chunk_size: chunkSize, total_chunks: 0, expires_in: 9 })
    else {
      const all = Buffer.concat([...one.parts].sort(([a], [b]) => a - b).map(([, part]) => part))
      if (all.length < one.total) return void say(409, { code: 'upload_incomplete' }, 'Chunks incomplete, missing: [0]')
      uploads.delete(fields.upload_id)
      keep(one.name, '', all)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    client: createClient({ baseUrl, apiKey: 'abk_1', username: 'ada', retryDelay: () => 1 }),
    calls,
    stored,
    uploads,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const bytes = new Uint8Array(randomBytes(4321))
const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

async function* pieces(size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

describe('upload', () => {
  it('takes blobs, files, bytes, streams and paths, in one piece or in chunks', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'upload-'))
    try {
      const path = join(dir, 'sound.wav')
      await writeFile(path, bytes)
      const sources: [UploadSource, string, number?][] = [
        [new Blob([bytes]), 'file'],
        [new File([bytes], 'a.bin', { type: 'image/png' }), 'a.bin'],
        [bytes, 'file'],
        [bytes.buffer, 'file'],
        [pieces(700), 'file'],
        [pieces(1700), 'file', bytes.length],
        [new Blob([bytes]).stream(), 'file'],
        [new Blob([bytes]).stream(), 'file', bytes.length],
        [{ path }, 'sound.wav'],
      ]
      await using server = await storage()
      for (const chunkedFrom of [1, 100_000]) {
        for (const [source, name, size] of sources) {
          const again = source instanceof ReadableStream || Symbol.asyncIterator in source
          if (again && chunkedFrom > 1) continue
          expect(await upload(server.client, source, { chunkedFrom, size })).toMatchObject({ filename: name })
          expect(hash(server.stored.at(-1)?.bytes ?? bytes.slice(1))).toBe(hash(bytes))
        }
      }
      await upload(server.client, pieces(10), { name: 'x', type: 'text/plain' })
      expect(server.stored.at(-1)).toMatchObject({ name: 'x', type: 'text/plain' })
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  it('tells how far it is', async () => {
    await using server = await storage()
    const told: UploadProgress[] = []
    const onProgress = (progress: UploadProgress) => told.push(progress)
    await upload(server.client, new Blob([bytes]), { onProgress, chunkedFrom: 1 })
    expect(told.map(({ sent }) => sent)).toEqual([1000, 2000, 3000, 4000, 4321])
    await upload(server.client, new Blob([bytes]), { onProgress })
    expect(told.at(-1)).toEqual({ sent: 4321, total: 4321 })
  })

  it('arrives whole whatever calls break', async () => {
    const scenario = fc.record({
      broken: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }),
      parallel: fc.integer({ min: 1, max: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ({ broken, parallel }) => {
        await using server = await storage({ broken })
        const result = await upload(server.client, new Blob([bytes]), { chunkedFrom: 1, parallel }).then(
          () => 'stored',
          error => error.code,
        )
        // Only the answer to the last call can be lost for good.
        expect(server.stored.map(one => hash(one.bytes))).toEqual([hash(bytes)])
        expect(result).toBe(server.calls.at(-1) === 'complete' && result !== 'stored' ? 'connection_failed' : 'stored')
      }),
      { numRuns: 60 },
    )
  })

  it('goes on where an earlier call broke off, and begins anew where that is forgotten', async () => {
    await using server = await storage({ broken: [4, 6, 8, 10, 12, 14] })
    let id = ''
    const options = {
      chunkedFrom: 1,
      parallel: 1,
      onStart: (uploadId: string) => {
        id = uploadId
      },
    }
    await expect(upload(server.client, new Blob([bytes]), options))
      .rejects.toMatchObject({ code: 'connection_failed' })
      .catch(() => {})
    server.calls.length = 20
    const first = server.uploads.get(id)?.parts.size ?? 0
    await upload(server.client, new Blob([bytes]), { ...options, resume: id })
    expect(server.calls.slice(20).filter(step => step === 'chunk')).toHaveLength(first === 0 ? 5 : 5 - first)
    expect(hash(server.stored.at(-1)?.bytes ?? bytes)).toBe(hash(bytes))
    expect(await upload(server.client, new Blob([bytes]), { ...options, resume: 'gone' })).toMatchObject({
      type: 'file',
    })
  })

  it('stops by its signal, and tells the server to forget it', async () => {
    await using server = await storage()
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    const uploading = upload(server.client, new Blob([bytes]), {
      chunkedFrom: 1,
      onProgress,
      signal: controller.signal,
    })
    await expect(uploading).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => server.calls.includes('abort')).toBe(true)
    expect(server.stored).toEqual([])
  })

  it('goes in one piece to servers that know no chunks', async () => {
    await using server = await storage({ chunks: false })
    expect(await upload(server.client, new Blob([bytes]), { chunkedFrom: 1 })).toMatchObject({ type: 'file' })
    expect(server.calls).toEqual(['init', 'files'])
  })

  it('makes attachments of a message', async () => {
    await using server = await storage()
    const stream = server.client.chat.stream({
      message: 'What is this?',
      attachments: [new File([bytes], 'a.bin'), upload(server.client, bytes, { name: 'b.bin' })],
    })
    await expect(stream.text()).rejects.toThrow()
    expect(server.stored.map(({ name }) => name).sort()).toEqual(['a.bin', 'b.bin'])
    expect(server.calls.at(-1)).toBe('chat')
  })
})
