import type { Clock } from '../clock.ts'
import type { Speech } from '../providers/index.ts'
import type { VoiceListener } from './events.ts'

/** Sentences that are made into sound while earlier ones are still being told. */
const ahead = 2

export interface SpeakerParts {
  speak(text: string): Promise<Speech>
  tell: VoiceListener
  clock: Clock
  /** The first sound is ready. */
  onFirst(): Promise<void>
  onFailure(error: unknown): Promise<void>
}

/** Speaks the sentences of one answer: made beside one another, told in their order. */
export class Speaker {
  readonly #parts: SpeakerParts
  readonly #told: Promise<void>[] = []
  #begun: number | undefined
  #first: number | undefined
  #last: number | undefined
  #failed = false

  constructor(parts: SpeakerParts) {
    this.#parts = parts
  }

  /** Seconds from the first request to the first sound and to the last one; undefined without sound. */
  get times(): { first: number; total: number } | undefined {
    if (this.#begun === undefined || this.#first === undefined || this.#last === undefined) return undefined
    return { first: (this.#first - this.#begun) / 1000, total: (this.#last - this.#begun) / 1000 }
  }

  /** Adds a sentence. Once one could not be spoken, the following ones are told as text. */
  say(sentence: string): void {
    const gate = this.#told.at(-ahead) ?? Promise.resolve()
    const before = this.#told.at(-1) ?? Promise.resolve()
    const made = gate.then(() => this.#make(sentence))
    this.#told.push(before.then(async () => this.#tell(sentence, await made)))
  }

  /** Answers when everything is told. */
  async finish(): Promise<void> {
    await this.#told.at(-1)
  }

  async #make(sentence: string): Promise<Speech | { error: unknown } | undefined> {
    if (this.#failed) return undefined
    this.#begun ??= this.#parts.clock.now()
    try {
      return await this.#parts.speak(sentence.trim())
    } catch (error) {
      return { error }
    }
  }

  async #tell(sentence: string, made: Speech | { error: unknown } | undefined): Promise<void> {
    const { tell, clock, onFirst, onFailure } = this.#parts
    if (made && 'error' in made && !this.#failed) {
      this.#failed = true
      await onFailure(made.error)
    }
    if (made && 'bytes' in made) {
      this.#last = clock.now()
      if (this.#first === undefined) {
        this.#first = this.#last
        await onFirst()
      }
      await tell({ type: 'sentence', text: sentence })
      await tell({ type: 'sound', bytes: made.bytes })
    } else if (this.#first !== undefined) await tell({ type: 'sentence', text: sentence })
  }
}
