import type { Clock } from '../../clock.ts'
import type { ConfigSnapshot } from '../../config/index.ts'
import type { Logger } from '../../log.ts'
import type { Component, InboundMessage } from '../../platforms/index.ts'
import type { Store } from '../../store/index.ts'
import { insertGroupLine } from '../store.ts'
import type { Visit } from '../visit.ts'

type Part =
  | { type: 'plain'; text: string }
  | { type: 'at'; target_id: string; name: string }
  | { type: 'reply'; message_id: string; selected_text: string }

const names: Readonly<Record<string, string>> = { image: 'Image', record: 'Audio', video: 'Video', file: 'File' }

/** What was said in groups, by members and by the bot, kept where the profile wants it. */
export class GroupHistory {
  readonly #store: Pick<Store, 'db'>
  readonly #clock: Clock
  readonly #log: Logger

  constructor({ store, clock, log }: { store: Pick<Store, 'db'>; clock: Clock; log: Logger }) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** Keeps what a member said. */
  async heard(message: InboundMessage, config: ConfigSnapshot): Promise<void> {
    await this.#keep(message, config, 'user', message.sender, message.components)
  }

  /** Keeps what the bot said. */
  async said({ message, config }: Pick<Visit, 'message' | 'config'>, chain: readonly Component[]): Promise<void> {
    await this.#keep(message, config, 'bot', { id: 'bot', name: 'bot' }, chain)
  }

  /** A history that cannot be kept keeps nobody from an answer. */
  async #keep(
    { type, umo, platformId }: InboundMessage,
    config: ConfigSnapshot,
    role: 'user' | 'bot',
    sender: InboundMessage['sender'],
    chain: readonly Component[],
  ): Promise<void> {
    const { group_message_history_enable, group_message_history_max_cnt } = config.provider_ltm_settings
    if (type !== 'GroupMessage' || !group_message_history_enable || chain.length === 0) return
    const row = {
      platformId,
      umo,
      sender_id: sender.id,
      sender_name: sender.name,
      content: JSON.stringify({ type: role, message: chain.map(partOf) }),
      created_at: this.#clock.now(),
    }
    try {
      await insertGroupLine(this.#store.db, row, Math.max(1, group_message_history_max_cnt))
    } catch (error) {
      this.#log.error({ err: error, umo }, 'a message of a group was not kept')
    }
  }
}

function partOf(part: Component): Part {
  switch (part.type) {
    case 'plain':
    case 'unknown':
      return { type: 'plain', text: part.text }
    case 'at':
      return { type: 'at', target_id: part.userId, name: part.name ?? '' }
    case 'at_all':
      return { type: 'at', target_id: 'all', name: 'all' }
    case 'reply':
      return { type: 'reply', message_id: part.messageId, selected_text: part.text ?? '' }
    default:
      return { type: 'plain', text: `[${names[part.type] ?? part.type}]` }
  }
}
