import { execFile } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'astrbot-handler-types-')))
afterAll(() => rmSync(folder, { recursive: true }))

const head = `
import { type Handler, type HandlersOf, caller } from '${import.meta.dirname}/handler.ts'
import { EventStream } from '${import.meta.dirname}/http/event-stream.ts'
import { Reply } from '${import.meta.dirname}/http/reply.ts'
`

const keys = {
  list: 'listApiKeys: (_, { bot }) => bot.auth.listApiKeys(),',
  create: 'createApiKey: ({ body }, call) => call.bot.auth.createApiKey(body, caller(call)),',
  revoke: 'revokeApiKey: async ({ params }) => { params.key_id.trim(); return {} },',
  remove: 'deleteApiKey: () => new Reply({}, { message: "gone" }),',
}

const module = (...handlers: string[]) => `export const keys: HandlersOf<'API Keys'> = {\n${handlers.join('\n')}\n}`

/** What is written, and the error it must have: none, or one of these codes first. */
const snippets: Record<string, { code: string; error?: string }> = {
  'all handlers of a tag': { code: module(...Object.values(keys)) },
  'a missing handler': { code: module(keys.list, keys.create, keys.revoke), error: 'TS2741' },
  'several missing handlers': { code: module(keys.list), error: 'TS2739' },
  'an extra handler': { code: module(...Object.values(keys), 'praise: () => ({}),'), error: 'TS2353' },
  'the handler of another tag': { code: module(...Object.values(keys), 'login: () => { throw 1 },'), error: 'TS2353' },
  'an answer of another type': {
    code: `export const a: Handler<'listApiKeys'> = () => [{ key_id: 7 }]`,
    error: 'TS2322',
  },
  'an answer that lacks a field': {
    code: `export const a: Handler<'listApiKeys'> = () => [{ key_id: 'k' }]`,
    error: 'TS2740|TS2322',
  },
  'an answer where none is told': {
    code: `export const a: Handler<'revokeApiKey'> = () => ({ revoked: true })`,
    error: 'TS2322',
  },
  'no answer': { code: `export const a: Handler<'listApiKeys'> = () => {}`, error: 'TS2322' },
  'a reply with the data of another type': {
    code: `export const a: Handler<'listApiKeys'> = () => new Reply('keys')`,
    error: 'TS2322',
  },
  'bytes in place of JSON': {
    code: `export const a: Handler<'listApiKeys'> = () => new Response('[]')`,
    error: 'TS2322',
  },
  'JSON in place of bytes': {
    code: `export const a: Handler<'downloadAttachment'> = () => ({ file: 'x' })`,
    error: 'TS2322',
  },
  bytes: { code: `export const a: Handler<'downloadAttachment'> = () => new Response('x')` },
  'a path parameter nobody declared': {
    code: `export const a: Handler<'revokeApiKey'> = ({ params }) => { params.id; return {} }`,
    error: 'TS2339',
  },
  'a query field nobody declared': {
    code: `export const a: Handler<'listKnowledgeBases'> = ({ query }) => { query.limit; throw 1 }`,
    error: 'TS2339',
  },
  'a query field with its default': {
    code: `export const a: Handler<'listKnowledgeBases'> = ({ query }) => { query.page.toFixed(); throw 1 }`,
  },
  'a body where there is none': {
    code: `export const a: Handler<'listApiKeys'> = ({ body }) => { body.name; throw 1 }`,
    error: 'TS18048|TS2339|TS18046|TS2532',
  },
  'a field of the body taken for another type': {
    code: `export const a: Handler<'createApiKey'> = ({ body }) => { body.name?.toFixed(); throw 1 }`,
    error: 'TS2339|TS2551',
  },
  'an optional body taken for granted': {
    code: `export const a: Handler<'setupTotp'> = ({ body }) => { body.secret; throw 1 }`,
    error: 'TS18048',
  },
  'a stream of its events': {
    code: `export const a: Handler<'sendChatMessage'> = () => new EventStream((async function* () { yield [{ event: { type: 'end' as const, data: '', streaming: false, message_id: 'm' } }] })())`,
  },
  'events of another stream': {
    code: `export const a: Handler<'sendChatMessage'> = () => new EventStream((async function* () { yield [{ event: { type: 'log' as const } }] })())`,
    error: 'TS2322',
  },
}

const names = Object.keys(snippets)
const found = new Map<string, string[]>()

beforeAll(async () => {
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { typeRoots: [join(root, 'node_modules/@types')], rewriteRelativeImportExtensions: false },
    files: names.map((_, i) => `snippet-${i}.ts`),
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  names.forEach((name, i) => {
    writeFileSync(
      join(folder, `snippet-${i}.ts`),
      `${head}void [caller, EventStream, Reply]\n${snippets[name]?.code}\n`,
    )
  })
  const output = await new Promise<string>(resolve => {
    execFile(
      'node',
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
      { cwd: folder },
      (_, stdout, stderr) => resolve(stdout + stderr),
    )
  })
  // What is wrong elsewhere is for other checks to say.
  for (const [, index, code] of output.matchAll(/^snippet-(\d+)\.ts\(\d+,\d+\): error (TS\d+)/gm)) {
    const name = names[Number(index)] ?? ''
    found.set(name, [...(found.get(name) ?? []), code ?? ''])
  }
  expect(output, 'tsc itself failed').not.toMatch(/^error TS/m)
}, 60_000)

describe('handlers are typed by the contract', () => {
  it.each(Object.entries(snippets).filter(([, { error }]) => error === undefined))('%s compiles', name => {
    expect(found.get(name) ?? []).toEqual([])
  })

  it.each(Object.entries(snippets).filter(([, { error }]) => error !== undefined))(
    '%s does not compile',
    (name, { error }) => {
      expect(found.get(name)?.[0] ?? 'no error').toMatch(new RegExp(`^(${error})$`))
    },
  )
})
