import { extname } from 'node:path'
import { type Files, typeOfName } from '../files/index.ts'
import type { Logger } from '../log.ts'
import type { Visit, Voice } from '../pipeline/index.ts'
import type { Run } from './run.ts'
import type { ChatEvent } from './types.ts'

export interface SpokenAnswerServices {
  /** Its recordings are files that are taken away. */
  voice: Voice
  files: Pick<Files, 'attachments'>
  log: Logger
}

/** An answer that is told in whole pieces: its texts are spoken where the profile wants it. Its events keep their order. */
export class SpokenAnswer {
  /** The recordings that were made. */
  readonly attachmentIds: string[] = []
  readonly #services: SpokenAnswerServices
  readonly #run: Pick<Run, 'info'>
  readonly #visit: Visit
  readonly #publish: (event: ChatEvent) => void
  #last: Promise<void> = Promise.resolve()

  constructor(
    services: SpokenAnswerServices,
    { run, visit }: { run: Pick<Run, 'info'>; visit: Visit },
    publish: (event: ChatEvent) => void,
  ) {
    this.#services = services
    this.#run = run
    this.#visit = visit
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
    const { voice, log } = this.#services
    if (event.type === 'plain' && event.chain_type === null && !event.streaming) {
      try {
        const chain = await voice(this.#visit, [{ type: 'plain', text: event.data }])
        const recording = chain?.find(part => part.type === 'record')
        if (recording?.type === 'record') {
          await this.#recorded(recording.file)
          if (!chain?.some(part => part.type === 'plain')) return
        }
      } catch (error) {
        log.warn({ err: error, runId: this.#run.info.runId }, 'a spoken answer was not kept')
      }
    }
    this.#publish(event)
  }

  async #recorded(path: string): Promise<void> {
    const { username, apiKeyId, runId } = this.#run.info
    const owner = { username, apiKeyId }
    const { attachments } = this.#services.files
    const file = { path, filename: `speech${extname(path)}`, contentType: typeOfName(path) }
    const { attachment_id: id, stored_name: stored } = await attachments.add(file, owner)
    this.attachmentIds.push(id)
    this.#publish({ type: 'record', data: `[RECORD]${stored}`, streaming: false, message_id: runId })
    this.#publish({ type: 'attachment_saved', data: { id, type: 'record' } })
  }
}
