import type { Clock } from '../clock.ts'
import type { Visit } from './visit.ts'

const waitMs = 60_000

/** What the model is asked when somebody calls the bot and says nothing. */
const prompt =
  '(The user called you without saying anything else. Ask in one short, friendly sentence what they would like.)'

/** Has the model ask back what somebody would like who only called the bot; false where the profile wants silence. */
export function askBack(visit: Visit): boolean {
  const { empty_mention_waiting, empty_mention_waiting_need_reply } = visit.config.platform_settings
  if (!empty_mention_waiting || !empty_mention_waiting_need_reply) return false
  visit.text = prompt
  return true
}

/** Whom the bot waits for: people who called it and said nothing more. */
export class EmptyMentions {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a message only calls the bot. Such a sender is waited for. */
  isEmpty(visit: Visit): boolean {
    const { message, config, text } = visit
    if (!config.platform_settings.empty_mention_waiting || text !== '') return false
    const onlyCalled = message.components.every(
      part => part.type === 'plain' || (part.type === 'at' && part.userId === message.selfId),
    )
    if (!onlyCalled || (!visit.prefixed && !message.components.some(part => part.type === 'at'))) return false
    for (const [key, until] of this.#until) if (until <= this.#clock.now()) this.#until.delete(key)
    this.#until.set(keyOf(visit), this.#clock.now() + waitMs)
    return true
  }

  /** Whether a message is what the bot waited for; it waits for one only. */
  awaits(visit: Visit): boolean {
    const until = this.#until.get(keyOf(visit))
    this.#until.delete(keyOf(visit))
    return until !== undefined && until > this.#clock.now()
  }
}

function keyOf({ message }: Visit): string {
  return `${message.umo}\n${message.sender.id}`
}
