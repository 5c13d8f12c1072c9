/** Notices when a model calls the same tool with the same arguments over and over. */
export class Repeats {
  #last = ''
  #count = 0

  /** Notes a call; what to tell the model from the third time on. */
  note(name: string, args: string): string {
    const call = `${name}\n${args}`
    this.#count = call === this.#last ? this.#count + 1 : 1
    this.#last = call
    if (this.#count < 3) return ''
    const times = `[SYSTEM NOTICE] You have called '${name}' ${this.#count} times in a row with the same arguments.`
    if (this.#count === 3) return `${times} If the result does not help, try something else.`
    if (this.#count === 4) return `${times} The result will not change: use other arguments or another tool.`
    return `${times} Stop calling it. Answer with what you have, or say what is missing.`
  }
}
