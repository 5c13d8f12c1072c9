const mark = /[。？！~…]/u
const boundary = /(?<=[。？！~…])(?![。？！~…])/u

/** Takes text as it comes and gives it back sentence by sentence. */
export class Sentences {
  #rest = ''

  /** The sentences that are complete now. A run of marks may go on in the next piece. */
  push(text: string): string[] {
    const news = this.#rest.slice(-1) + text
    this.#rest += text
    // Long texts without marks are not gone over again for every piece.
    if (!mark.test(news)) return []
    const pieces = this.#rest.split(boundary)
    this.#rest = pieces.pop() ?? ''
    return pieces
  }

  /** What is left at the end. */
  flush(): string[] {
    const left = this.#rest
    this.#rest = ''
    return left.split(boundary).filter(text => text.trim() !== '')
  }
}
