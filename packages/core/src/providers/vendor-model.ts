import type { Clock } from '../clock.ts'
import { AstrBotError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { type ContextLimits, contextTokensOf } from './context-window.ts'
import type { ProviderEntry } from './entry.ts'
import { asAstrBotError, VendorFailure } from './failure.ts'
import { maskSecrets } from './mask.ts'
import type { ChatModel, ModelEvent, ModelRequest } from './model.ts'
import { Patience } from './patience.ts'
import { waitBeforeRetry } from './retry.ts'
import type { VendorAnswer, VendorApi } from './vendor-call.ts'

/** What a vendor's model needs of its surroundings. */
export interface VendorModelParts {
  api: VendorApi
  contextLimits: ContextLimits
  nextKey: () => string | undefined
  clock: Clock
  log: Logger
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  random: () => number
}

/** A model behind an API: tries again where that helps, bounds silence, and turns what fails into errors of ours. */
export class VendorModel implements ChatModel {
  readonly providerId: string
  readonly model: string
  readonly contextTokens: number
  readonly modalities: readonly string[]
  readonly #entry: ProviderEntry
  readonly #parts: VendorModelParts

  constructor(entry: ProviderEntry, model: string, parts: VendorModelParts) {
    this.providerId = entry.id
    this.model = model
    this.contextTokens =
      (model === entry.model && entry.maxContextTokens) || contextTokensOf(model, parts.contextLimits)
    this.modalities = entry.modalities
    this.#entry = entry
    this.#parts = parts
  }

  /**
   * @throws AstrBotError provider_auth_failed, provider_rate_limited, provider_timeout, provider_unreachable,
   * context_too_long, provider_empty_answer, provider_failed; the reason of the signal when that is aborted
   */
  async *run(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const { signal } = request
    const { clock, log, random, sleep } = this.#parts
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      const patience = new Patience(this.#entry.timeoutMs, signal)
      let said = false
      try {
        const answer = await this.#open(request, patience)
        for (;;) {
          patience.wait()
          const events = await answer.next()
          if (!events) throw new VendorFailure('unreadable', 'The answer ended without a finish')
          patience.answered()
          signal.throwIfAborted()
          for (const event of events) {
            if (event.type === 'finish' && !said) throw new AstrBotError('provider_empty_answer')
            said = true
            yield event
            if (event.type === 'finish') return patience.linger(answer.next())
          }
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (error instanceof AstrBotError) throw error
        const failure = this.#failureOf(error, patience)
        const wait = said
          ? undefined
          : waitBeforeRetry(failure, attempt, this.#entry.keys.length, clock, random, request.retries)
        if (wait === undefined) throw asAstrBotError(failure, this.#entry.keys)
        log.info(
          { provider: this.providerId, status: failure.status, kind: failure.kind, wait },
          'asking the model again',
        )
        patience.end()
        await sleep(wait, signal)
      } finally {
        patience.end()
      }
    }
  }

  #open(request: ModelRequest, { signal }: Patience): Promise<VendorAnswer> {
    const { api, nextKey } = this.#parts
    return api.open({ entry: this.#entry, model: this.model, key: nextKey(), request, signal })
  }

  #failureOf(error: unknown, patience: Patience): VendorFailure {
    if (patience.ranOut) return new VendorFailure('silent', `No answer for ${this.#entry.timeoutMs / 1000} s`)
    if (error instanceof VendorFailure) return error
    const { log } = this.#parts
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log.error(
      { provider: this.providerId, stack: maskSecrets(words, this.#entry.keys) },
      'calling the model failed in an unexpected way',
    )
    return new VendorFailure('unreadable', error instanceof Error ? error.message : String(error))
  }
}
