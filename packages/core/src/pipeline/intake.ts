import { copyFile, realpath, rm, writeFile } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Schemas } from '@astrbot/contract'
import type { ConfigSnapshot } from '../config/index.ts'
import type { Files } from '../files/index.ts'
import { safeFetch } from '../guards/safe-fetch.ts'
import { safePath } from '../guards/safe-path.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import type { Component } from '../platforms/index.ts'
import { mapPath } from './path-mapping.ts'
import type { Visit } from './visit.ts'

type Part = Schemas['ChatPart']
type Media = Extract<Component, { type: 'image' | 'record' | 'video' | 'file' }>

const mostBytes = 50 * 1024 * 1024
const patienceMs = 60_000
/** Files of one message; more are named and not fetched. */
const mostFiles = 20

export interface IntakeServices {
  files: Pick<Files, 'attachments' | 'spool'>
  /** The folder of the bot: what a platform names there may be read. */
  dataDir: string
  fetch: typeof globalThis.fetch
  ids: Ids
  log: Logger
}

/** Takes the files of a platform's message in, those of what it quotes too. Whatever cannot be had is named. */
export async function takeIn(services: IntakeServices, visit: Visit): Promise<Part[]> {
  const media = mediaOf(visit.message.components)
  const parts: Part[] = []
  for (const component of media.slice(0, mostFiles)) {
    try {
      parts.push(await attach(services, visit, component))
    } catch (error) {
      visit.signal.throwIfAborted()
      services.log.warn({ umo: visit.message.umo, error: String(error) }, 'a file of a message was not fetched')
      parts.push({ type: 'plain', text: `[${component.type}]` })
    }
  }
  return parts
}

function mediaOf(components: readonly Component[]): Media[] {
  return components.flatMap(part => {
    if (part.type === 'reply') return mediaOf(part.chain ?? [])
    return part.type === 'image' || part.type === 'record' || part.type === 'video' || part.type === 'file'
      ? [part]
      : []
  })
}

async function attach(services: IntakeServices, visit: Visit, component: Media): Promise<Part> {
  const { files, ids } = services
  const { message } = visit
  const path = join(files.spool, `inbound-${ids.uuid()}`)
  try {
    const { contentType, name } = await fetchTo(services, visit, component.file, path)
    const filename = component.type === 'file' && component.name !== '' ? component.name : name
    const usual = { image: 'image/jpeg', record: 'audio/wav', video: 'video/mp4', file: undefined }[component.type]
    const fits = component.type === 'file' || contentType?.startsWith(usual?.split('/')[0] ?? '')
    const file = { path, filename, contentType: fits ? contentType : usual }
    const row = await files.attachments.add(file, { username: message.umo, apiKeyId: null })
    return {
      type: row.type,
      attachment_id: row.attachment_id,
      filename: row.filename,
      stored_filename: row.stored_name,
    }
  } finally {
    await rm(path, { force: true })
  }
}

/** Puts what a reference names into a file. */
async function fetchTo(
  { fetch, dataDir }: IntakeServices,
  { config, signal }: Pick<Visit, 'config' | 'signal'>,
  reference: string,
  path: string,
): Promise<{ contentType: string | undefined; name: string }> {
  const data = /^(?:data:([^;,]*)[^,]*;base64,|base64:\/\/)(.*)$/s.exec(reference)
  if (data) {
    const bytes = Buffer.from(data[2] ?? '', 'base64')
    if (bytes.length > mostBytes) throw new Error('it is too large')
    await writeFile(path, bytes)
    return { contentType: data[1] || undefined, name: '' }
  }
  if (/^https?:/i.test(reference)) {
    const policy = { privateAddresses: 'allow' } as const
    const limits = { policy, maxBytes: mostBytes, timeoutMs: patienceMs, redirects: 5 }
    const { status, headers, body } = await safeFetch(fetch, reference, { signal }, limits)
    if (status !== 200) throw new Error(`the address answered ${status}`)
    await writeFile(path, body)
    const contentType = headers.get('content-type')?.split(';')[0]?.trim()
    return { contentType, name: basename(new URL(reference).pathname) }
  }
  const named = /^file:/i.test(reference) ? fileURLToPath(reference) : reference
  await copyFile(await readable(named, config, dataDir), path)
  return { contentType: undefined, name: basename(named) }
}

/**
 * A platform may only name files in the folders of the bot, or in a folder that the profile maps to. The configuration
 * and the database are no files for messages: they hold every secret there is.
 */
async function readable(named: string, config: ConfigSnapshot, dataDir: string): Promise<string> {
  const mapped = mapPath(named, config.platform_settings.path_mapping)
  const root = mapped?.root ?? dataDir
  const wanted = mapped?.path ?? named
  const found = isAbsolute(wanted) ? await safePath(root, relative(root, wanted)) : undefined
  if (found === undefined || (await isOwn(found, dataDir))) throw new Error('it names a file that it may not')
  return found
}

/** Whether a real path is one of the bot's own files: those that lie in the data folder itself, or among its profiles. */
async function isOwn(path: string, dataDir: string): Promise<boolean> {
  const parts = relative(await realpath(dataDir), path).split(sep)
  return parts[0] !== '..' && (parts.length === 1 || parts[0] === 'config')
}
