import type { Files } from '../files/index.ts'
import type { Logger } from '../log.ts'
import type { ProviderCalls } from '../providers/index.ts'
import type { Visit } from './visit.ts'

/** Recordings of a message, as attachments. */
export interface HeardPart {
  readonly type: string
  readonly attachment_id?: string
}

export interface HearingServices {
  files: Pick<Files, 'attachments'>
  providers: Pick<ProviderCalls, 'transcribe'>
  /** The provider that hears in a chat, or undefined. */
  providerOf(visit: Pick<Visit, 'config' | 'rules'>): string | undefined
  log: Logger
}

/** What was said in the recordings of a message, and which parts that replaces. */
export type Hearing = (
  visit: Visit,
  parts: readonly HeardPart[],
) => Promise<{ said: string; heard: ReadonlySet<HeardPart> }>

/** Writes down what recordings say, where the profile wants it. What cannot be heard stays a recording. */
export function createHearing({ files, providers, providerOf, log }: HearingServices): Hearing {
  return async (visit, parts) => {
    const heard = new Set<HeardPart>()
    const records = parts.filter(part => part.type === 'record' && part.attachment_id !== undefined)
    if (records.length === 0 || !visit.config.provider_stt_settings.enable) return { said: '', heard }
    const providerId = providerOf(visit)
    if (providerId === undefined) {
      log.warn({ umo: visit.message.umo }, 'recordings are to be heard, but there is no provider for it')
      return { said: '', heard }
    }
    const said: string[] = []
    const everything = { username: '', apiKeyId: null }
    for (const part of records) {
      try {
        const row = await files.attachments.find(part.attachment_id ?? '', everything)
        const bytes = await files.attachments.bytes(row)
        const recording = { bytes, name: row.filename, mediaType: row.mime_type }
        said.push(await providers.transcribe(providerId, recording, visit.signal))
        heard.add(part)
      } catch (error) {
        log.warn({ error: String(error), providerId }, 'a recording was not understood')
      }
    }
    return { said: said.filter(text => text !== '').join('\n'), heard }
  }
}
