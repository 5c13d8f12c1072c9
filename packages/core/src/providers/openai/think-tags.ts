import type { ModelEvent } from '../model.ts'

const opening = '<think>'
const closing = '</think>'

/**
 * Tells thoughts from text where a model writes both into its text, as `<think>…</think>` at its beginning. Holds back
 * no more than what may become a tag.
 */
export class ThinkTags {
  #state: 'start' | 'thinking' | 'thought' | 'text' = 'start'
  #held = ''

  /** One more piece of text; its events join `events`. */
  add(piece: string, events: ModelEvent[]): void {
    if (piece === '') return
    if (this.#state === 'text') {
      events.push({ type: 'text', text: piece })
      return
    }
    this.#held += piece
    if (this.#state === 'start') this.#start()
    if (this.#state === 'thinking') this.#think(events)
    // Empty lines between thought and text belong to neither.
    if (this.#state === 'thought') this.#held = this.#held.trimStart()
    if (this.#state === 'thought' && this.#held !== '') this.#state = 'text'
    if (this.#state === 'text') this.end(events)
  }

  /** Lets go what was held back: there is no more text. */
  end(events: ModelEvent[]): void {
    const held = this.#take(this.#held.length)
    if (held !== '') events.push({ type: this.#state === 'thinking' ? 'reasoning' : 'text', text: held })
  }

  #start(): void {
    const begun = this.#held.trimStart()
    if (begun.startsWith(opening)) {
      this.#held = begun.slice(opening.length)
      this.#state = 'thinking'
    } else if (!opening.startsWith(begun)) this.#state = 'text'
  }

  #think(events: ModelEvent[]): void {
    const end = this.#held.indexOf(closing)
    const thought = this.#take(end === -1 ? this.#held.length - partOfTag(this.#held) : end)
    if (thought !== '') events.push({ type: 'reasoning', text: thought })
    if (end === -1) return
    this.#take(closing.length)
    this.#state = 'thought'
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length)
    this.#held = this.#held.slice(length)
    return taken
  }
}

/** How many characters at the end may be the beginning of the closing tag. */
function partOfTag(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(closing.slice(0, length))) return length
  }
  return 0
}
