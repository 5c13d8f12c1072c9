import { AstrBotError } from '../errors.ts'
import { bytesPerSecond } from './wav.ts'

const mostSeconds = 600
const mostBytes = mostSeconds * bytesPerSecond

/** What marks an utterance, so that a late end does not close the next one. */
export type Stamp = string | number

/** Collects the sound of one utterance after another. */
export class Utterance {
  #stamp: Stamp | undefined
  #pieces: Uint8Array[] = []
  #bytes = 0

  /** An utterance begins; what was collected before is forgotten. */
  start(stamp: Stamp): void {
    this.#stamp = stamp
    this.#pieces = []
    this.#bytes = 0
  }

  /** Adds sound; ignored while nobody speaks. @throws audio_too_long, and the utterance is forgotten */
  add(sound: Uint8Array): void {
    if (this.#stamp === undefined) return
    this.#bytes += sound.length
    this.#pieces.push(sound)
    if (this.#bytes <= mostBytes) return
    this.#forget()
    throw new AstrBotError('audio_too_long', { seconds: mostSeconds })
  }

  /** Takes the sound of the utterance. @throws audio_missing when there is none, or another utterance is meant, which goes on */
  end(stamp: Stamp): Uint8Array[] {
    if (stamp !== this.#stamp) throw new AstrBotError('audio_missing')
    const pieces = this.#pieces
    this.#forget()
    if (pieces.every(piece => piece.length === 0)) throw new AstrBotError('audio_missing')
    return pieces
  }

  #forget(): void {
    this.#stamp = undefined
    this.#pieces = []
    this.#bytes = 0
  }
}
