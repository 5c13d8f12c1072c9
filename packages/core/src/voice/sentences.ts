/** Characters a piece has at least, but for the last one: shorter ones sound chopped. */
const shortest = 10

/** Characters after which a text without any full stop is cut at a space. */
const longest = 300

/** Full stops of the scripts we meet; a point counts only before space, as in `3.14` or `example.org` it ends nothing. */
const end = /(?:[。！？!?\n]|\.(?=["'”’」』）)\]]*\s))+["'”’」』）)\]]*\s*/g

/** Cuts a text that arrives in pieces into what is spoken at once: sentences, as early as they are whole. */
export class Sentences {
  #text = ''

  /** Takes the next piece and answers the sentences that it completes, with the space that stands before them. */
  push(piece: string): string[] {
    this.#text += piece
    const found: string[] = []
    for (let cut = this.#cut(); cut > 0; cut = this.#cut()) {
      const sentence = this.#text.slice(0, cut)
      if (sentence.trim() !== '') found.push(sentence)
      this.#text = this.#text.slice(cut)
    }
    return found
  }

  /** What is left when the text is over. */
  rest(): string[] {
    const rest = this.#text
    this.#text = ''
    return rest.trim() === '' ? [] : [rest]
  }

  /** Where the next sentence ends; 0 when it is not whole. */
  #cut(): number {
    for (const match of this.#text.matchAll(end)) {
      const cut = match.index + match[0].length
      // More of the same stop may follow: `?!`, `...`.
      if (cut === this.#text.length && !/\s$/.test(match[0]) && !/[。！？]/.test(match[0])) return 0
      const sentence = this.#text.slice(0, cut).trimEnd()
      if (sentence.trimStart().length >= shortest) return sentence.length
    }
    if (this.#text.length < longest) return 0
    const space = this.#text.lastIndexOf(' ', longest)
    return space > shortest ? space : longest
  }
}
