import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileForm, form } from './support/forms.ts'
import { TestServer } from './support/server.ts'

type Credentials = Record<string, string>

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

let server: TestServer
let key: Credentials
let otherKey: Credentials

beforeAll(async () => {
  server = await TestServer.start({ env: { ASTRBOT_MAX_UPLOAD_BYTES: String(64 * 1024 * 1024) } })
  key = await newKey('file', 'chat')
  otherKey = await newKey('file')
})
afterAll(() => server[Symbol.asyncDispose]())

async function newKey(...scopes: string[]): Promise<Credentials> {
  const { data } = await server.call('createApiKey', { json: { scopes } })
  return { 'x-api-key': data.api_key }
}

async function upload(name: string, bytes: string | Uint8Array<ArrayBuffer>, type?: string, headers?: Credentials) {
  const answer = await server.call('uploadFile', {
    ...(await fileForm(name, bytes, type)),
    ...(headers && { as: 'nobody', headers }),
  })
  expect(answer.status).toBe(200)
  return answer.data
}

async function spool(): Promise<string[]> {
  return readdir(join(server.dataDir, 'temp', 'spool'))
}

const by = (headers: Credentials) => ({ as: 'nobody' as const, headers })
const named = (id: string) => ({ params: { attachment_id: id } })

describe('uploading', () => {
  it('keeps the name to show and the bytes, by both paths', async () => {
    const file = await upload('note.txt', 'zwölf Boxkämpfer 漢', 'text/plain')
    expect(file).toMatchObject({ filename: 'note.txt', type: 'file' })
    expect(file.stored_filename).toMatch(/^\d{17}_[0-9a-f]{4}_note\.txt$/)
    const older = await server.call('uploadOpenApiFile', await fileForm('note.txt', 'other', 'text/plain'))
    expect(older.data.stored_filename).not.toBe(file.stored_filename)
    const sent = await server.call('downloadAttachment', named(file.attachment_id))
    expect(sent.text).toBe('zwölf Boxkämpfer 漢')
    expect(
      (await server.call('downloadOpenApiFile', { query: { attachment_id: older.data.attachment_id } })).text,
    ).toBe('other')
    expect(await spool()).toEqual([])
  })

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['a "quoted" name;x=y.txt', 'a "quoted" name;x=y.txt'],
    ['line\r\nbreak\r\nX-Evil: 1.txt', 'linebreakX-Evil: 1.txt'],
    ['percent%20%00%2e%2e.txt', 'percent%20%00%2e%2e.txt'],
    ['漢字🎉é.txt', '漢字🎉é.txt'],
    ['<script>.txt', '<script>.txt'],
    [`${'long'.repeat(200)}.txt`, undefined],
    ['con|nul*?.txt', 'con|nul*?.txt'],
    [' .. ', undefined],
  ])('takes the name %j', async (name, expected) => {
    const { attachment_id, filename, stored_filename = '' } = await upload(name, 'x', 'text/plain')
    if (expected !== undefined) expect(filename).toBe(expected)
    const sent = await server.call('downloadAttachment', named(attachment_id))
    expect(sent.text).toBe('x')
    const byName = await server.call('getFileByName', { query: { filename: stored_filename } })
    expect(byName.text).toBe('x')
    expect(await readdir(join(server.dataDir, 'attachments'))).toContain(stored_filename)
    await server.call('deleteAttachment', named(attachment_id))
  })

  it('takes an empty file, and recognises images by their bytes', async () => {
    const empty = await upload('empty.bin', '')
    const sent = await server.call('downloadAttachment', named(empty.attachment_id))
    expect([sent.status, sent.text, sent.headers.get('content-length')]).toEqual([200, '', '0'])
    const image = await upload('photo.jpeg', png, 'image/jpeg')
    expect(image).toMatchObject({ filename: 'photo.png', type: 'image' })
  })

  it('refuses what is no form with one file', async () => {
    const refused = async (body: string | Uint8Array<ArrayBuffer>, type: string) =>
      (await server.call('uploadFile', { body, type })).status
    expect((await server.call('uploadFile', await form({ other: 'x' }))).status).toBe(422)
    expect((await server.call('uploadFile', await form({ file: 'a text' }))).status).toBe(422)
    expect((await server.call('uploadOpenApiFile', await form({}))).status).toBe(422)
    expect(await refused('{}', 'application/json')).toBe(415)
    expect(await refused('x', 'multipart/form-data')).toBe(400)
    expect(await refused('no boundary here', 'multipart/form-data; boundary=b')).toBe(400)
    const cut = await fileForm('a.txt', 'x'.repeat(1000))
    expect(await refused(cut.body.subarray(0, 500), cut.type)).toBe(400)
    const twice = new FormData()
    twice.append('file', new File(['1'], '1'))
    twice.append('file', new File(['2'], '2'))
    const answer = await server.fetch('/api/v1/files', {
      method: 'POST',
      body: twice,
      headers: server.credentials.token,
    })
    expect(answer.status).toBe(422)
    for (const [body, type] of [
      ['{}', 'application/json'],
      ['x', 'multipart/form-data; boundary=b'],
    ] as const) {
      const statuses = [415, 400]
      expect(statuses).toContain((await server.call('uploadOpenApiFile', { body, type })).status)
    }
    expect(await spool()).toEqual([])
  })

  it('needs a credential with the scope', async () => {
    const body = await fileForm('x.txt', 'x')
    expect((await server.call('uploadFile', { as: 'nobody', ...body })).status).toBe(401)
    expect((await server.call('uploadFile', { as: 'weakKey', ...body })).status).toBe(403)
    expect((await server.call('uploadOpenApiFile', { as: 'nobody', ...body })).status).toBe(401)
    expect((await server.call('uploadOpenApiFile', { as: 'weakKey', ...body })).status).toBe(403)
  })
})

describe('downloading', () => {
  const text = 'first line\nsecond line é\n'

  it('sends whole files with what caches need', async () => {
    const { attachment_id: id } = await upload('note.txt', text, 'text/plain')
    const sent = await server.call('getAttachment', named(id))
    expect(sent.text).toBe(text)
    const { headers } = sent
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(headers.get('content-length')).toBe(String(Buffer.byteLength(text)))
    expect(headers.get('accept-ranges')).toBe('bytes')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-disposition')).toBe(`inline; filename="note.txt"; filename*=UTF-8''note.txt`)
    const etag = headers.get('etag') ?? ''
    const modified = headers.get('last-modified') ?? ''
    expect(etag).toMatch(/^"[^"]+"$/)

    const conditional = async (conditions: Credentials) =>
      (await server.call('downloadAttachment', { ...named(id), headers: conditions })).status
    expect(await conditional({ 'if-none-match': `"x", W/${etag}` })).toBe(304)
    expect(await conditional({ 'if-none-match': '*' })).toBe(304)
    expect(await conditional({ 'if-none-match': '"x"', 'if-modified-since': modified })).toBe(200)
    expect(await conditional({ 'if-modified-since': modified })).toBe(304)
    expect(await conditional({ 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' })).toBe(200)
    expect(await conditional({ range: 'bytes=0-1', 'if-range': etag })).toBe(206)
    expect(await conditional({ range: 'bytes=0-1', 'if-range': '"old"' })).toBe(200)
    expect(await conditional({ range: 'bytes=0-1', 'if-range': modified })).toBe(206)
    const head = await server.fetch(`/api/v1/files/${id}/content`, {
      method: 'HEAD',
      headers: server.credentials.token,
    })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(Buffer.byteLength(text)),
      '',
    ])
  })

  it('sends ranges', async () => {
    const { attachment_id: id } = await upload('digits.bin', '0123456789')
    const part = async (range: string) => {
      const {
        status,
        text: sent,
        headers,
        error,
      } = await server.call('downloadAttachment', {
        ...named(id),
        headers: { range },
      })
      return status === 206 ? [sent, headers.get('content-range')] : [status, error?.code, headers.get('content-range')]
    }
    expect(await part('bytes=2-4')).toEqual(['234', 'bytes 2-4/10'])
    expect(await part('bytes=7-')).toEqual(['789', 'bytes 7-9/10'])
    expect(await part('bytes=-3')).toEqual(['789', 'bytes 7-9/10'])
    expect(await part('bytes=-100')).toEqual(['0123456789', 'bytes 0-9/10'])
    expect(await part('Bytes = 0-0')).toEqual(['0', 'bytes 0-0/10'])
    expect(await part('bytes=8-100')).toEqual(['89', 'bytes 8-9/10'])
    expect(await part('bytes=0-1,1-3')).toEqual(['0123', 'bytes 0-3/10'])
    expect(await part('bytes=10-')).toEqual([416, 'range_not_satisfiable', 'bytes */10'])
    expect(await part('bytes=-0')).toEqual([416, 'range_not_satisfiable', 'bytes */10'])
    for (const bad of ['bytes=4-2', 'bytes=a-b', 'lines=0-1', 'bytes=', 'bytes=-', 'nonsense', 'bytes=1', 'bytes=-1-2'])
      expect(await part(bad)).toEqual([400, 'invalid_range', null])
    expect(await part(`bytes=${Array.from({ length: 33 }, (_, i) => `${i}-${i}`).join()}`)).toEqual([
      400,
      'invalid_range',
      null,
    ])

    const several = await server.call('downloadAttachment', { ...named(id), headers: { range: 'bytes=-2,0-1' } })
    expect(several.status).toBe(206)
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(several.headers.get('content-type') ?? '')?.[1]
    const piece = (range: string, bytes: string) =>
      `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${range}/10\r\n\r\n${bytes}`
    expect(several.text).toBe(`${piece('0-1', '01')}${piece('8-9', '89')}\r\n--${boundary}--\r\n`)
    expect(several.headers.get('content-length')).toBe(String(several.text.length))
  })

  it('answers every range of every operation', async () => {
    const { attachment_id, stored_filename = '' } = await upload('d.bin', '0123456789')
    const path = join(server.dataDir, 'attachments', stored_filename)
    const token = server.running.bot.files.tokens.issue(path)
    const range = async (header: string) => {
      const headers = { range: header }
      const answers = [
        await server.call('getAttachment', { ...named(attachment_id), headers }),
        await server.call('downloadAttachment', { ...named(attachment_id), headers }),
        await server.call('downloadOpenApiFile', { query: { attachment_id }, headers }),
        await server.call('getFileByName', { query: { filename: stored_filename }, headers }),
        await server.call('getTokenFile', { as: 'nobody', params: { file_token: token }, headers }),
      ]
      return answers.map(({ status, text: sent }) => (status === 206 ? sent : status))
    }
    expect(await range('bytes=1-2')).toEqual(['12', '12', '12', '12', '12'])
    expect(await range('bytes=99-')).toEqual([416, 416, 416, 416, 416])
    expect(await range('bytes=x')).toEqual([400, 400, 400, 400, 400])
    const etag = (await server.call('getAttachment', named(attachment_id))).headers.get('etag') ?? ''
    const headers = { 'if-none-match': etag }
    const known = [
      await server.call('getAttachment', { ...named(attachment_id), headers }),
      await server.call('downloadOpenApiFile', { query: { attachment_id }, headers }),
      await server.call('getFileByName', { query: { filename: stored_filename }, headers }),
      await server.call('getTokenFile', { as: 'nobody', params: { file_token: token }, headers }),
    ]
    expect(known.map(({ status }) => status)).toEqual([304, 304, 304, 304])
  })

  it.each([
    ['a.html', 'text/html', 'attachment'],
    ['a.svg', 'image/svg+xml', 'attachment'],
    ['a.js', 'text/javascript', 'attachment'],
    ['a.xml', 'text/xml', 'attachment'],
    ['a.xhtml', 'application/xhtml+xml', 'attachment'],
    ['a.pdf', 'application/pdf', 'attachment'],
    ['a.bin', 'text/html; charset=utf-8', 'attachment'],
    ['a.png', 'image/png', 'inline'],
    ['a.mp3', 'audio/mpeg', 'inline'],
    ['a.mp4', 'video/mp4', 'inline'],
    ['a.txt', 'text/plain', 'inline'],
    ['b.txt', 'text/plain; charset=latin1', 'inline'],
  ])('does not let a browser run %s (%s): %s', async (name, type, disposition) => {
    const { attachment_id: id, stored_filename = '' } = await upload(name, '<script>alert(1)</script>', type)
    for (const { headers } of [
      await server.call('downloadAttachment', named(id)),
      await server.call('getFileByName', { query: { filename: stored_filename } }),
    ]) {
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      if (disposition === 'attachment' && headers.get('content-type') !== 'application/octet-stream')
        expect(headers.get('content-security-policy')).toContain('sandbox')
      if (name !== 'a.bin') expect(headers.get('content-disposition')).toMatch(new RegExp(`^${disposition};`))
    }
  })

  it('writes names into headers without breaking them', async () => {
    const { attachment_id: id } = await upload('é "x" 漢%.html', 'x', 'text/html')
    const { headers } = await server.call('downloadAttachment', named(id))
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="_ _x_ __.html"; filename*=UTF-8''%C3%A9%20%22x%22%20%E6%BC%A2%25.html`,
    )
  })

  it('describes a file to those who ask for JSON only', async () => {
    const file = await upload('d.txt', '12345', 'text/plain')
    const json = await server.call('getAttachment', {
      ...named(file.attachment_id),
      headers: { accept: 'application/json' },
    })
    expect(json.data).toEqual({ ...file, mime_type: 'text/plain', size: 5 })
    const any = await server.call('getAttachment', {
      ...named(file.attachment_id),
      headers: { accept: 'application/json, */*;q=0.8' },
    })
    expect(any.text).toBe('12345')
  })

  it('knows what does not exist from what does', async () => {
    const missing = named('no-such-attachment')
    for (const [answer, code] of [
      [await server.call('getAttachment', missing), 'attachment_not_found'],
      [
        await server.call('getAttachment', { ...missing, headers: { accept: 'application/json' } }),
        'attachment_not_found',
      ],
      [await server.call('downloadAttachment', missing), 'attachment_not_found'],
      [await server.call('downloadOpenApiFile', { query: { attachment_id: 'no-such' } }), 'attachment_not_found'],
      [await server.call('getFileByName', { query: { filename: 'no-such.txt' } }), 'file_not_found'],
      [await server.call('getFileByName', { query: { filename: 'dir/' } }), 'file_not_found'],
      [await server.call('getFileByName', { query: { filename: '../cmd_config.json' } }), 'file_not_found'],
      [await server.call('getFileByName', { query: { filename: '..' } }), 'file_not_found'],
      [await server.call('getTokenFile', { as: 'nobody', params: { file_token: 'no-such-token' } }), 'file_not_found'],
    ] as const)
      expect([answer.status, answer.error.code]).toEqual([404, code])
    expect((await server.call('downloadOpenApiFile')).status).toBe(422)
    expect((await server.call('getFileByName')).status).toBe(422)
    expect((await server.call('getFileByName', { query: { filename: '' } })).status).toBe(422)
  })

  it('never follows a link out of its folder', async () => {
    const { attachment_id: id, stored_filename = '' } = await upload('link.txt', 'x', 'text/plain')
    const path = join(server.dataDir, 'attachments', stored_filename)
    await rm(path)
    await symlink(join(server.dataDir, 'cmd_config.json'), path)
    await symlink(join(server.dataDir, 'cmd_config.json'), join(server.dataDir, 'attachments', 'plain-link.json'))
    expect((await server.call('downloadAttachment', named(id))).error.code).toBe('file_not_found')
    expect((await server.call('getFileByName', { query: { filename: stored_filename } })).status).toBe(404)
    expect((await server.call('getFileByName', { query: { filename: 'plain-link.json' } })).status).toBe(404)
    await server.call('deleteAttachment', named(id))
    expect(await readFile(join(server.dataDir, 'cmd_config.json'), 'utf8')).toContain('dashboard')
    for (const way of ['/api/v1/files/..%2f..%2fcmd_config.json', '/api/v1/files/%2e%2e%2fcmd_config.json/content'])
      expect((await server.fetch(way, { headers: server.credentials.token })).status).toBe(404)
  })
})

describe('who may have what', () => {
  it('keeps the files of one key from another', async () => {
    const own = await upload('own.txt', 'mine', 'text/plain', key)
    const desk = await upload('desk.txt', 'theirs', 'text/plain')
    const seen = async (file: typeof own, headers?: Credentials) => {
      const who = headers ? by(headers) : {}
      const id = named(file.attachment_id)
      return [
        (await server.call('getAttachment', { ...id, ...who })).status,
        (await server.call('downloadAttachment', { ...id, ...who })).status,
        (await server.call('downloadOpenApiFile', { query: { attachment_id: file.attachment_id }, ...who })).status,
        (await server.call('getFileByName', { query: { filename: file.stored_filename ?? '' }, ...who })).status,
      ]
    }
    const all = [200, 200, 200, 200]
    const none = [404, 404, 404, 404]
    expect(await seen(own, key)).toEqual(all)
    expect(await seen(own)).toEqual(all)
    expect(await seen(own, otherKey)).toEqual(none)
    expect(await seen(desk)).toEqual(all)
    expect(await seen(desk, key)).toEqual(none)

    await server.call('deleteAttachment', { ...named(own.attachment_id), ...by(otherKey) })
    await server.call('deleteAttachment', { ...named(desk.attachment_id), ...by(key) })
    expect(await seen(own, key)).toEqual(all)
    expect(await seen(desk)).toEqual(all)

    // A file that is part of a chat of the key is the key's to read.
    const message = [{ type: 'file', attachment_id: desk.attachment_id }]
    const turn = await server.stream('sendChatMessage', { ...by(key), json: { username: 'ann', message } })
    await turn.rest()
    expect(await seen(desk, key)).toEqual(all)
    expect(await seen(desk, otherKey)).toEqual(none)

    expect((await server.call('deleteAttachment', { ...named(own.attachment_id), ...by(key) })).data).toEqual({
      attachment_id: own.attachment_id,
    })
    expect(await seen(own, key)).toEqual(none)
    expect((await server.call('deleteAttachment', named('unknown'))).data).toEqual({ attachment_id: 'unknown' })
  })

  it('asks for credentials and scope first', async () => {
    const statuses = async (as: 'nobody' | 'weakKey') => [
      (await server.call('getAttachment', { as, ...named('x') })).status,
      (await server.call('downloadAttachment', { as, ...named('x') })).status,
      (await server.call('deleteAttachment', { as, ...named('x') })).status,
      (await server.call('getFileByName', { as, query: { filename: 'x' } })).status,
      (await server.call('downloadOpenApiFile', { as, query: { attachment_id: 'x' } })).status,
    ]
    expect(await statuses('nobody')).toEqual([401, 401, 401, 401, 401])
    expect(await statuses('weakKey')).toEqual([403, 403, 403, 403, 403])
  })

  it('lets anybody read what a token names, again and again, by both paths', async () => {
    const path = join(server.dataDir, 'logo.png')
    await writeFile(path, png)
    const token = server.running.bot.files.tokens.issue(path)
    for (let i = 0; i < 2; i++) {
      const sent = await server.call('getTokenFile', { as: 'nobody', params: { file_token: token } })
      expect([sent.status, sent.headers.get('content-type')]).toEqual([200, 'image/png'])
    }
    const older = await server.fetch(`/api/file/${token}`)
    expect(Buffer.from(await older.arrayBuffer()).equals(png)).toBe(true)
  })
})
