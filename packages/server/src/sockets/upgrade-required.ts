import { AstrBotError } from '@astrbot/core'

/** What the address of a socket answers to a call that is no handshake, once it knows who calls. */
export function upgradeRequired(): never {
  throw new AstrBotError('upgrade_required')
}
