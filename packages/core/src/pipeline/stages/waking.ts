import type { InboundMessage } from '../../platforms/index.ts'
import { halt, onward, type Stage, texts, type Visit } from '../visit.ts'

/**
 * Finds out whether a message is for the bot. Nothing else happens to one that is not, unless the bot joins in.
 *
 * @param joinsIn whether the bot says something where nobody asked it
 */
export const waking =
  (joinsIn: (visit: Visit) => boolean): Stage =>
  visit => {
    const { message, config } = visit
    if (config.platform_settings.ignore_bot_self_message && message.sender.id === message.selfId) {
      return halt('the bot wrote it')
    }
    const prefix = speaksToSomebodyElse(message)
      ? undefined
      : texts(config.wake_prefix).find(one => one !== '' && visit.text.startsWith(one))
    if (prefix !== undefined) {
      visit.text = visit.text.slice(prefix.length).trim()
      visit.prefixed = true
    }
    visit.addressed ||= prefix !== undefined || isAddressed(visit)
    return visit.addressed || joinsIn(visit) ? onward : halt('it is not for the bot')
  }

function isAddressed({ message, config }: Visit): boolean {
  const { ignore_at_all, friend_message_needs_wake_prefix } = config.platform_settings
  if (message.adapter === 'webchat') return true
  if (message.type === 'FriendMessage' && !friend_message_needs_wake_prefix) return true
  return message.components.some(
    part =>
      (part.type === 'at' && part.userId === message.selfId) ||
      (part.type === 'at_all' && !ignore_at_all) ||
      (part.type === 'reply' && part.senderId !== undefined && part.senderId === message.selfId),
  )
}

/** In a group, what begins with a mention of a member is said to that member. */
function speaksToSomebodyElse({ type, components: [first], selfId }: InboundMessage): boolean {
  return type === 'GroupMessage' && first?.type === 'at' && first.userId !== selfId && first.userId !== 'all'
}
