const sentence = /[^。？！~…]*[。？！~…]+/gu

/** Takes text as it comes and gives it back sentence by sentence. */
export class Sentences {
  #rest = ''

  /** The sentences that are complete now. */
  push(text: string): string[] {
    this.#rest += text
    const whole = this.#rest.match(sentence) ?? []
    // A run of marks may go on in the next piece.
    const complete = whole.at(-1) !== undefined && this.#rest.endsWith(whole.at(-1) ?? '') ? whole.slice(0, -1) : whole
    this.#rest = this.#rest.slice(complete.join('').length)
    return complete
  }

  /** What is left at the end. */
  flush(): string[] {
    const left = this.#rest
    this.#rest = ''
    return (left.match(/[^。？！~…]*[。？！~…]+|[^。？！~…]+$/gu) ?? []).filter(text => text.trim() !== '')
  }
}
