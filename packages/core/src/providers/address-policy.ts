import type { AddressPolicy } from '../guards/safe-fetch.ts'
import type { Env } from './environment.ts'

/** Which addresses the configuration may name: all of them, unless `ASTRBOT_PRIVATE_PROVIDERS` keeps to public ones. */
export function addressPolicy(env: Env): AddressPolicy {
  const refused = /^(0|off|no|false)$/i.test(env.ASTRBOT_PRIVATE_PROVIDERS ?? '')
  return { privateAddresses: refused ? 'refuse' : 'allow' }
}
