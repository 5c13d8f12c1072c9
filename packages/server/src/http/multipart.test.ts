import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Form, filesOf, readMultipart } from './multipart.ts'
import { UploadedFile } from './uploaded-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astrbot-form-'))
})
afterEach(async () => {
  expect(await readdir(folder)).toEqual([])
})
afterAll(() => rm(folder, { recursive: true }))

const malformed = expect.objectContaining({ code: 'malformed_multipart' })
const tooLarge = expect.objectContaining({ code: 'payload_too_large' })

async function read(body: string | ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>, limits = {}): Promise<Form> {
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'multipart/form-data; boundary=b' } }
  return readMultipart(new Request('http://x/', init as RequestInit), { folder, file: 1000, body: 5000, ...limits })
}

/** Reads a form to plain values, and removes its files. */
async function values(body: Parameters<typeof read>[0], limits = {}): Promise<Record<string, unknown>> {
  const form = await read(body, limits)
  const plain = async (value: unknown): Promise<unknown> =>
    value instanceof UploadedFile
      ? { name: value.name, type: value.type, size: value.size, text: await value.text() }
      : Array.isArray(value)
        ? Promise.all(value.map(plain))
        : value
  const entries = await Promise.all(Object.entries(form).map(async ([name, value]) => [name, await plain(value)]))
  for (const file of filesOf(form)) await file.discard()
  return Object.fromEntries(entries)
}

const part = (disposition: string, content: string, type?: string) =>
  `--b\r\nContent-Disposition: form-data; ${disposition}\r\n${type ? `Content-Type: ${type}\r\n` : ''}\r\n${content}\r\n`
const end = '--b--\r\n'

function pieces(bytes: Uint8Array, cuts: number[]): ReadableStream<Uint8Array> {
  const places = [0, ...cuts.map(cut => cut % bytes.length).sort((a, b) => a - b), bytes.length]
  return new ReadableStream({
    start(controller) {
      for (const [i, place] of places.slice(1).entries()) {
        const piece = bytes.slice(places[i], place)
        if (piece.length > 0) controller.enqueue(piece)
      }
      controller.close()
    },
  })
}

describe('readMultipart', () => {
  const body =
    part('name="text"', 'é\r\n--not the boundary') +
    part('name="list"', '1') +
    part('name="file"; filename="a b.txt"', 'one\r\n\r\ntwo', 'text/plain') +
    part('name="list"', '2') +
    part('name="file"; filename="漢.bin"', '', 'image/png') +
    end
  const expected = {
    text: 'é\r\n--not the boundary',
    list: ['1', '2'],
    file: [
      { name: 'a b.txt', type: 'text/plain', size: 10, text: 'one\r\n\r\ntwo' },
      { name: '漢.bin', type: 'image/png', size: 0, text: '' },
    ],
  }

  it('reads texts and files, however the body is cut', async () => {
    expect(await values(body)).toEqual(expected)
    const bytes = new TextEncoder().encode(body)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 20 }), async cuts => {
        expect(await values(pieces(bytes, cuts))).toEqual(expected)
      }),
      { numRuns: 60 },
    )
    expect(await values(pieces(bytes, Array.from(bytes.keys())))).toEqual(expected)
  })

  it.each([
    ['filename="C:\\dir\\x.txt"', 'C:\\dir\\x.txt'],
    ['filename="%22quoted%22%0D%0A.txt"', '"quoted"\r\n.txt'],
    [`filename*=UTF-8''%E6%BC%A2.txt`, '漢.txt'],
    ['filename=""', ''],
  ])('takes the name in %s', async (spelling, name) => {
    const form = await values(part(`name="file"; ${spelling}`, 'x', 'text/plain') + end)
    expect(form['file']).toMatchObject({ name, text: 'x' })
  })

  it('keeps names that objects have of their own apart', async () => {
    const form = await read(part('name="__proto__"', 'x') + part('name="constructor"', 'y') + end)
    expect(Object.keys(form)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(form)).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['no part', 'junk'],
    ['an open end', part('name="file"; filename="a"', 'x'.repeat(100), 'text/plain')],
    ['half a file', part('name="file"; filename="a"', 'x'.repeat(100), 'text/plain').slice(0, -50)],
    ['a part after a file without end', part('name="file"; filename="a"', 'x', 'text/plain') + part('name="t"', 'x')],
    ['half a head', '--b\r\nContent-Disposition: form-da'],
    ['too many parts', part('name="a"', '').repeat(1001) + end],
  ])('refuses %s', async (_, text) => {
    await expect(read(text, { body: 200_000 })).rejects.toEqual(malformed)
  })

  it('refuses what is too large, by its length or while it comes', async () => {
    const file = part('name="file"; filename="a"', 'x'.repeat(1001), 'text/plain') + end
    await expect(read(file)).rejects.toEqual(tooLarge)
    await expect(read(part('name="a"', 'x'.repeat(6000)) + end)).rejects.toEqual(tooLarge)
    const bytes = new TextEncoder().encode(part('name="a"', 'x'.repeat(6000)) + end)
    await expect(read(pieces(bytes, [100, 5500]))).rejects.toEqual(tooLarge)
    await expect(values(part('name="file"; filename="a"', 'x'.repeat(1000), 'text/plain') + end)).resolves.toBeDefined()
    await expect(read(part('name="a"', 'x'.repeat(1024 * 1024 + 1)) + end, { body: 3e6 })).rejects.toEqual(tooLarge)
  })

  it('leaves nothing when the sender breaks off', async () => {
    const head = new TextEncoder().encode(part('name="file"; filename="a"', 'x'.repeat(300), 'text/plain').slice(0, -2))
    const broken = new ReadableStream<Uint8Array>({
      start: controller => controller.enqueue(head),
      pull: async controller => {
        await new Promise(resolve => setTimeout(resolve, 20))
        controller.error(new Error('the connection was cut'))
      },
    })
    await expect(read(broken)).rejects.toEqual(malformed)
  })

  it('does not blame the sender for a folder that is gone', async () => {
    const file = part('name="file"; filename="a"', 'x', 'text/plain') + end
    await expect(read(file, { folder: join(folder, 'missing') })).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('gives files that read like any other', async () => {
    const form = await read(part('name="file"; filename="a.txt"', 'hello', 'text/plain') + end)
    const [file] = filesOf(form)
    if (!file) throw new Error('no file came')
    expect(file).toBeInstanceOf(File)
    expect(await file.slice(1, 3).text()).toBe('el')
    expect(new TextDecoder().decode(await file.bytes())).toBe('hello')
    expect(await new Response(file.stream()).text()).toBe('hello')
    expect(Buffer.from(await file.arrayBuffer()).toString()).toBe('hello')
    await file.discard()
    await file.discard()
  })
})
