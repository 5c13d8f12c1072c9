/** A message that came while the turn before it was still running. */
export interface FollowUp {
  /** The run that took it in, or undefined when that ended without: the message is a turn of its own then. */
  readonly taken: Promise<string | undefined>
}

/** Where a running turn finds what its user has said meanwhile. */
export interface Intake {
  /** Takes in everything that waits, in the order in which it came. */
  take(): string[]
  /** Takes in nothing any more. */
  close(): void
}

interface Waiting {
  text: string
  signal: AbortSignal
  settle(runId: string | undefined): void
}

/** Leads messages into turns that are still running, so that the agent hears them before it has finished. */
export class FollowUps {
  readonly #open = new Map<string, { runId: string; signal: AbortSignal; waiting: Waiting[] }>()

  /** Lets a turn hear what its user says from now on. */
  open(umo: string, senderId: string, runId: string, signal: AbortSignal): Intake {
    const key = keyOf(umo, senderId)
    const turn = { runId, signal, waiting: [] as Waiting[] }
    this.#open.set(key, turn)
    return {
      take: () => {
        const taken = turn.waiting.splice(0)
        return taken.flatMap(({ text, signal: stopped, settle }) => {
          settle(stopped.aborted ? undefined : runId)
          return stopped.aborted ? [] : [text]
        })
      },
      close: () => {
        if (this.#open.get(key) === turn) this.#open.delete(key)
        for (const { settle } of turn.waiting.splice(0)) settle(undefined)
      },
    }
  }

  /**
   * Offers a message to the turn that runs for the same person in the same chat; undefined when there is none.
   * @param signal aborted when the message is not to be answered any more
   */
  offer(umo: string, senderId: string, text: string, signal: AbortSignal): FollowUp | undefined {
    const turn = this.#open.get(keyOf(umo, senderId))
    if (!turn || turn.signal.aborted || text.trim() === '') return undefined
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    turn.waiting.push({ text, signal, settle: resolve })
    return { taken: promise }
  }
}

function keyOf(umo: string, senderId: string): string {
  return JSON.stringify([umo, senderId])
}
