import { texts, type Visit } from '../visit.ts'

/** Whether the bot joins in where nobody asked it, by chance and only in groups that allow it. */
export function joinsIn({ message, config, text }: Visit, random: () => number): boolean {
  const { enable, method, possibility_reply, whitelist } = config.provider_ltm_settings.active_reply
  if (!enable || method !== 'possibility_reply' || message.type !== 'GroupMessage' || text === '') return false
  const allowed = texts(whitelist).filter(id => id.trim() !== '')
  if (allowed.length > 0 && !allowed.includes(message.umo) && !(message.group && allowed.includes(message.group.id)))
    return false
  return random() < possibility_reply
}
