import { followTurn, mayPass, resumeTurn, waitFor } from '../chat/follow.ts'
import { openRun } from '../chat/open-run.ts'
import type { Turn } from '../chat/turn.ts'
import { NotFoundError } from '../errors/api-error.ts'
import { sleep } from '../http/lifetime.ts'
import { DeliveryError } from './delivery-error.ts'
import type { Outcome } from './wire-turns.ts'

/** Milliseconds a server gets to take in what was sent just before the connection broke. */
const settling = 250

/** What is known of a message whose connection broke. */
export interface Sent {
  id: string
  /** A session that was made up for this message: if it is not there, the message did not arrive. */
  newSession: string | undefined
}

/**
 * Goes on over HTTP with a turn that the socket has lost. When nothing of the turn had come, it is found out first
 * whether the message arrived.
 * @returns false when it did not: it can be sent again
 * @throws DeliveryError when nobody can tell
 */
export async function carryOn(turn: Turn, outcome: NonNullable<Outcome>, sent: Sent): Promise<boolean> {
  if (outcome.heard) {
    await resumeTurn(turn, outcome.lost)
    return true
  }
  const { transport, init, username } = turn
  const query = { ...(username !== undefined && { username }) }
  const once = { ...init, retries: 0 }
  for (let broken: unknown = outcome.lost; turn.failures < turn.maxResumes; ) {
    const wait = Math.max(settling, waitFor(turn, broken))
    turn.failures++
    await sleep(wait, init.signal)
    const run = await openRun(transport, sent.id, query, once, `${sent.id}:0`).catch((error: unknown) => {
      if (init.signal.aborted) throw error
      broken = error
    })
    if (run) {
      await followTurn(turn, run)
      return true
    }
    if (mayPass(broken)) continue
    // This project's server calls runs by the ids of their messages. AstrBot itself says no with another status.
    if (broken instanceof NotFoundError && broken.httpStatus === 404 && broken.code === 'run_unavailable') return false
    if (!sent.newSession) break
    const params = { path: { session_id: sent.newSession }, query }
    try {
      await transport.call('GET', '/api/v1/chat/sessions/{session_id}', { ...once, params })
      break
    } catch (error) {
      if (error instanceof NotFoundError) return false
      if (init.signal.aborted) throw error
      broken = error
      if (!mayPass(error)) break
    }
  }
  throw new DeliveryError('delivery_unknown', outcome.lost)
}
