import { rm } from 'node:fs/promises'
import { extname } from 'node:path'
import { type Files, typeOfName } from '../files/index.ts'
import type { Logger } from '../log.ts'
import type { Visit, Voice } from '../pipeline/index.ts'
import type { Run } from './run.ts'
import type { ChatEvent } from './types.ts'

export interface WholeAnswerServices {
  /** Its recordings are files that are taken away. */
  voice: Voice
  files: Pick<Files, 'attachments'>
  log: Logger
}

/** What an answer belongs to. */
interface Turn {
  run: Pick<Run, 'info'>
  visit: Pick<Visit, 'config' | 'rules' | 'signal'>
}

/**
 * An answer that is told in whole pieces: its texts stand behind what the profile puts before replies, and are spoken
 * where the profile wants it. Its events keep their order.
 */
export class WholeAnswer {
  readonly #services: WholeAnswerServices
  readonly #turn: Turn
  readonly #publish: (event: ChatEvent) => void
  #last: Promise<void> = Promise.resolve()

  constructor(services: WholeAnswerServices, turn: Turn, publish: (event: ChatEvent) => void) {
    this.#services = services
    this.#turn = turn
    this.#publish = publish
  }

  /** Takes an event; it is published when those before it are. */
  take(event: ChatEvent): void {
    this.#last = this.#last.then(() => this.#tell(event))
  }

  /** Answers when everything is published. */
  told(): Promise<void> {
    return this.#last
  }

  async #tell(event: ChatEvent): Promise<void> {
    if (event.type !== 'plain' || event.chain_type !== null || event.streaming) return this.#publish(event)
    const text = this.#turn.visit.config.platform_settings.reply_prefix + event.data
    if (await this.#speak(text)) this.#publish({ ...event, data: text })
  }

  /** Speaks a text where that is wanted, and answers whether it is to be read, too. */
  async #speak(text: string): Promise<boolean> {
    const { voice, log } = this.#services
    const { run, visit } = this.#turn
    try {
      const chain = (await voice(visit, [{ type: 'plain', text }])) ?? []
      const [recording] = chain.flatMap(part => (part.type === 'record' ? [part.file] : []))
      if (recording === undefined) return true
      await this.#keep(recording)
      return chain.some(part => part.type === 'plain')
    } catch (error) {
      log.warn({ err: error, runId: run.info.runId }, 'a spoken answer was not kept')
      return true
    }
  }

  /** Makes a recording an attachment of the chat, and tells of it. */
  async #keep(path: string): Promise<void> {
    const { username, apiKeyId, runId } = this.#turn.run.info
    const file = { path, filename: `speech${extname(path)}`, contentType: typeOfName(path) }
    try {
      const { attachment_id: id, stored_name } = await this.#services.files.attachments.add(file, {
        username,
        apiKeyId,
      })
      this.#publish({ type: 'record', data: `[RECORD]${stored_name}`, streaming: false, message_id: runId })
      this.#publish({ type: 'attachment_saved', data: { id, type: 'record' } })
    } finally {
      // It was moved, unless something went wrong.
      await rm(path, { force: true })
    }
  }
}
