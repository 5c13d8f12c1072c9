import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sequentialIds } from '@astrbot/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Attachment } from '../files/index.ts'
import { silentLog } from '../log.ts'
import { takeIn } from './intake.ts'
import { privateMessage, visitOf } from './visit.testing.ts'

// Which files of this machine a platform may name.

let base: string
let dataDir: string
const spool = () => join(dataDir, 'temp')

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'astrbot-intake-'))
  dataDir = join(base, 'data')
  for (const folder of ['temp', 'shared', 'config']) await mkdir(join(dataDir, folder), { recursive: true })
  for (const file of ['cmd_config.json', 'astrbot.db', 'config/abconf_1.json', 'shared/a.txt', '../outside.txt'])
    await writeFile(join(dataDir, file), `content of ${file}`)
  await symlink(join(dataDir, 'cmd_config.json'), join(dataDir, 'shared', 'link.txt'))
})
afterAll(() => rm(base, { recursive: true }))

/** What a message with a file brings: the content, or the words in its place. */
async function taken(file: string, path_mapping: string[] = []): Promise<string> {
  let content = ''
  const add = async ({ path }: { path: string }) => {
    content = await readFile(path, 'utf8')
    return { type: 'file', attachment_id: 'a', filename: 'f', stored_name: 'f' } as Attachment
  }
  const services = {
    files: { attachments: { add }, spool: spool() } as unknown as Parameters<typeof takeIn>[0]['files'],
    dataDir,
    fetch: globalThis.fetch,
    ids: sequentialIds(),
    log: silentLog,
  }
  const message = privateMessage('look', { components: [{ type: 'file', name: 'f', file }] })
  const [part] = await takeIn(services, visitOf(message, { config: { platform_settings: { path_mapping } } }))
  return part?.type === 'plain' ? part.text : content
}

it('files in the folders of the bot are taken', async () => {
  expect(await taken(join(dataDir, 'shared/a.txt'))).toBe('content of shared/a.txt')
  expect(await taken(`file://${join(dataDir, 'shared/a.txt')}`)).toBe('content of shared/a.txt')
  expect(await taken('/app/a.txt', [`/app:${join(dataDir, 'shared')}`])).toBe('content of shared/a.txt')
  expect(await taken('/app/outside.txt', [`/app:${base}`])).toBe('content of ../outside.txt')
})

it.each(['cmd_config.json', 'astrbot.db', 'config/abconf_1.json', 'shared/link.txt', 'shared/../cmd_config.json'])(
  'its own file %s is not, whatever leads there',
  async file => {
    expect(await taken(`${dataDir}/${file}`)).toBe('[file]')
    expect(await taken(`file://${dataDir}/${file}`)).toBe('[file]')
    expect(await taken(`/app/${file}`, [`/app:${dataDir}`])).toBe('[file]')
  },
)

it('nothing outside is', async () => {
  for (const file of [join(base, 'outside.txt'), '/etc/passwd', `${dataDir}/../outside.txt`, 'file:///etc/passwd', 'a'])
    expect(await taken(file)).toBe('[file]')
})
