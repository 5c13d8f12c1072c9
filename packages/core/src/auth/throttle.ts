import { second } from '../clock.ts'
import type { ConfigFile } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Origin } from './identity.ts'
import type { Rate, RateLimiter } from './rate-limiter.ts'

/** Counts an attempt at guessing a password or code. */
export type Throttle = (origin: Origin) => void

/**
 * One bucket per address for everything that checks a secret, with the rate of `dashboard.auth_rate_limit`.
 * The throttle throws AstrBotError `rate_limited`, with the seconds to wait in `data.retry_after`.
 */
export function createThrottle(limiter: RateLimiter, config: ConfigFile, options: { disabled: boolean }): Throttle {
  return origin => {
    const settings = config.get().dashboard.auth_rate_limit
    if (options.disabled || !settings.enable) return
    const seconds = limiter.take(origin.address, rateOf(settings))
    if (seconds > 0) throw new AstrBotError('rate_limited', { seconds }, { retry_after: seconds })
  }
}

function rateOf(settings: { readonly average_interval: number; readonly max_burst: number }): Rate {
  return {
    burst: settings.max_burst >= 1 ? Math.floor(settings.max_burst) : 3,
    interval: (settings.average_interval > 0 ? settings.average_interval : 1) * second,
  }
}
