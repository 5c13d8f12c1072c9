import type { ProviderEntry } from './entry.ts'
import type { ModelEvent, ModelRequest } from './model.ts'

/** One call to a vendor. */
export interface VendorCall {
  entry: ProviderEntry
  model: string
  key: string | undefined
  request: ModelRequest
  /** Aborts the call; the request's own signal is part of it. */
  signal: AbortSignal
}

/**
 * An answer that is read by asking for more. No async generator: this is asked once per token, and every layer of
 * generators costs a few microseconds each time.
 */
export interface VendorAnswer {
  /**
   * The next events; what arrived together comes together. `finish` is the last event; after it, one more call waits
   * until the connection is free and gives undefined.
   *
   * @throws VendorFailure, or whatever an aborted signal caused
   */
  next(): Promise<ModelEvent[] | undefined>
}

/** How a family of APIs is called. */
export interface VendorApi {
  /** @throws VendorFailure, or whatever an aborted signal caused */
  open(call: VendorCall): Promise<VendorAnswer>
  /** Loads what the first call would have to load. */
  warmUp?(entry: ProviderEntry): Promise<void>
}

/** An answer that is there as a whole. */
export function wholeAnswer(events: ModelEvent[]): VendorAnswer {
  let rest: ModelEvent[] | undefined = events
  return {
    async next() {
      const now = rest
      rest = undefined
      return now
    },
  }
}
