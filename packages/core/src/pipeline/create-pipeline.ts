import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { minute } from '../clock.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import type { Files } from '../files/index.ts'
import type { Ids } from '../ids.ts'
import type { Logger } from '../log.ts'
import { type AllProviders, sleep as realSleep, type Speech } from '../providers/index.ts'
import { chosenSpeech } from './chosen-speech.ts'
import { Pipeline, type PipelineServices } from './pipeline.ts'
import { createVoice, type Voice, type VoiceServices } from './replies/voice.ts'

const linkLifetimeMs = 5 * minute

export interface CreatePipelineOptions extends Omit<PipelineServices, 'voice' | 'sleep' | 'random' | 'files'> {
  /** The default profile. */
  config: { get(): ConfigSnapshot }
  providers: AllProviders
  files: Files
  sleep?: PipelineServices['sleep']
  random?: () => number
}

/** The pipeline with the voice of the bot's providers. */
export function createPipeline(options: CreatePipelineOptions): Pipeline {
  const { files, ids, sleep = realSleep, random = Math.random } = options
  const voice = providerVoice(options, (speech, { config }) => {
    const { use_file_service: asLink } = config.provider_tts_settings
    const base = asLink ? config.callback_api_base.replace(/\/+$/, '') : ''
    return base === '' ? inline(speech) : linkTo(files, ids, speech, base)
  })
  return new Pipeline({ ...options, voice, sleep, random })
}

/** The voice of web chats, whose recordings become attachments. */
export function createChatVoice(options: ProviderVoiceOptions & SpeechFiles): Voice {
  return providerVoice(options, speech => fileOf(options, speech))
}

interface ProviderVoiceOptions {
  config: { get(): ConfigSnapshot }
  providers: AllProviders
  random?: () => number
  log: Logger
}

interface SpeechFiles {
  files: Pick<Files, 'spool'>
  ids: Ids
}

function providerVoice(
  { providers, config, random = Math.random, log }: ProviderVoiceOptions,
  refer: VoiceServices['refer'],
): Voice {
  return createVoice({
    speak: (id, text, signal) => providers.speak(id, text, signal),
    providerOf: visit => chosenSpeech(config, 'text_to_speech', visit),
    refer,
    random,
    log,
  })
}

async function inline({ bytes }: Speech): Promise<string> {
  return `base64://${Buffer.from(bytes).toString('base64')}`
}

/** Keeps a sound on disk for as long as its link works. */
async function linkTo(files: Files, ids: Ids, speech: Speech, base: string): Promise<string> {
  const path = await fileOf({ files, ids }, speech)
  setTimeout(() => void rm(path, { force: true }), linkLifetimeMs + minute).unref()
  return `${base}/api/file/${files.tokens.issue(path, { lifetimeMs: linkLifetimeMs })}`
}

async function fileOf({ files, ids }: SpeechFiles, { bytes, mediaType }: Speech): Promise<string> {
  const extension = /mpeg|mp3/.test(mediaType) ? 'mp3' : /ogg|opus/.test(mediaType) ? 'ogg' : 'wav'
  const path = join(files.spool, `speech-${ids.uuid()}.${extension}`)
  await writeFile(path, bytes)
  return path
}
