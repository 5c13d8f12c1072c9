import { type AstrBotError, isAstrBotError } from '../errors/astrbot-error.ts'
import { AbortError } from '../errors/call-errors.ts'

/**
 * The life of one call. Whatever ends it early (the caller's signal, a timeout) goes through one controller, and the
 * reason of its signal is always one of our errors: whoever waits just rethrows it.
 */
export interface Lifetime {
  readonly signal: AbortSignal
  /** Ends the call, and with it the connection. */
  end(error: AstrBotError): void
  /** Lets go of the caller's signal once the answer has been read. */
  release(): void
}

export function createLifetime(outer: AbortSignal | null | undefined): Lifetime {
  const controller = new AbortController()
  const end = (error: AstrBotError) => controller.abort(error)
  const release = onAbort(outer, () =>
    end(isAstrBotError(outer?.reason) ? outer.reason : new AbortError(outer?.reason)),
  )
  return { signal: controller.signal, end, release }
}

/** Calls `then` when the signal fires, or now if it has. Returns what takes that back. */
export function onAbort(signal: AbortSignal | null | undefined, then: () => void): () => void {
  if (signal?.aborted) then()
  else signal?.addEventListener('abort', then)
  return () => signal?.removeEventListener('abort', then)
}

/**
 * What `work` comes to, or the lifetime's end if that is earlier; after `milliseconds` the lifetime ends with a `Late`.
 * Does not rely on `work` heeding the signal.
 */
export function within<T>(
  work: Promise<T>,
  { signal, end }: Lifetime,
  milliseconds: number,
  Late: new (milliseconds: number) => AstrBotError,
): Promise<T> {
  // Longer waits than a timer can hold count as for ever, as 0 does.
  const timed = milliseconds > 0 && milliseconds < 2 ** 31
  const timer = timed ? setTimeout(() => end(new Late(milliseconds)), milliseconds) : undefined
  let forget = () => {}
  const ended = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => reject(signal.reason))
  })
  return Promise.race([ended, work]).finally(() => {
    clearTimeout(timer)
    forget()
  })
}

/** Waits, unless the signal ends it: then throws the signal's reason. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      forget()
      resolve()
    }, milliseconds)
    const forget = onAbort(signal, () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
