import type { ModelEvent } from '../model.ts'

const opening = '<think>'
const closing = '</think>'

/**
 * Tells thoughts from text where a model writes both into its text, as `<think>…</think>` at its beginning. Holds back
 * no more than what may become a tag.
 */
export class ThinkTags {
  #state: 'start' | 'thinking' | 'text' = 'start'
  #held = ''

  /** The events of one more piece of text. */
  add(piece: string): ModelEvent[] {
    if (this.#state === 'text') return piece === '' ? [] : [{ type: 'text', text: piece }]
    this.#held += piece
    return this.#state === 'start' ? this.#start() : this.#think()
  }

  /** What was held back when the text is over. */
  end(): ModelEvent[] {
    const held = this.#held
    this.#held = ''
    if (held === '') return []
    return [{ type: this.#state === 'thinking' ? 'reasoning' : 'text', text: held }]
  }

  #start(): ModelEvent[] {
    const begun = this.#held.trimStart()
    if (begun.startsWith(opening)) {
      this.#state = 'thinking'
      this.#held = begun.slice(opening.length)
      return this.#think()
    }
    if (opening.startsWith(begun)) return []
    this.#state = 'text'
    return this.end()
  }

  #think(): ModelEvent[] {
    const end = this.#held.indexOf(closing)
    if (end === -1) {
      const safe = this.#held.length - partOfTag(this.#held)
      const thought = this.#held.slice(0, safe)
      this.#held = this.#held.slice(safe)
      return thought === '' ? [] : [{ type: 'reasoning', text: thought }]
    }
    const thought = this.#held.slice(0, end)
    const text = this.#held.slice(end + closing.length).trimStart()
    this.#state = 'text'
    this.#held = ''
    return [
      ...(thought === '' ? [] : [{ type: 'reasoning' as const, text: thought }]),
      ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ]
  }
}

/** How many characters at the end may be the beginning of the closing tag. */
function partOfTag(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(closing.slice(0, length))) return length
  }
  return 0
}
