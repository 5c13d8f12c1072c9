import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { minute } from '../clock.ts'
import type { ConfigSnapshot } from '../config/index.ts'
import type { Files } from '../files/index.ts'
import type { Ids } from '../ids.ts'
import type { AllProviders, Speech } from '../providers/index.ts'
import { sleep as realSleep } from '../providers/index.ts'
import { chosenProvider } from './chosen-provider.ts'
import { Pipeline, type PipelineServices } from './pipeline.ts'
import { createVoice } from './replies/voice.ts'

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
  const { providers, config, files, ids, log, sleep = realSleep, random = Math.random } = options
  const voice = createVoice({
    speak: (id, text, signal) => providers.speak(id, text, signal),
    providerOf: visit => chosenProvider({ providers, config }, 'text_to_speech', visit),
    link: (speech, base) => linkTo(files, ids, speech, base),
    random,
    log,
  })
  return new Pipeline({ ...options, voice, sleep, random })
}

/** Keeps a sound on disk for as long as its link works. */
async function linkTo(files: Files, ids: Ids, speech: Speech, base: string): Promise<string> {
  const extension = /mpeg|mp3/.test(speech.mediaType) ? 'mp3' : 'wav'
  const path = join(files.spool, `speech-${ids.uuid()}.${extension}`)
  await writeFile(path, speech.bytes)
  setTimeout(() => void rm(path, { force: true }), linkLifetimeMs + minute).unref()
  return `${base}/api/file/${files.tokens.issue(path, { lifetimeMs: linkLifetimeMs })}`
}
