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

/** How a family of APIs is called. */
export interface VendorApi {
  /**
   * What arrives together comes together: that is cheaper than event by event. The last event is `finish`; anything else
   * that ends the answer is a `VendorFailure`, or whatever an aborted signal caused.
   */
  call(call: VendorCall): AsyncIterable<ModelEvent[]>
  /** Loads what the first call would have to load. */
  warmUp?(entry: ProviderEntry): Promise<void>
}
