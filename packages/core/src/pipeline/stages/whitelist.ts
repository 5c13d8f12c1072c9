import type { Logger } from '../../log.ts'
import { halt, onward, type Stage, texts, type Visit } from '../visit.ts'

/** Lets only listed origins and groups through, where there is a list. */
export function whitelist(log: Logger): Stage {
  return visit => {
    const settings = visit.config.platform_settings
    if (!settings.enable_id_white_list || visit.message.adapter === 'webchat') return onward
    const listed = texts(settings.id_whitelist)
      .map(id => id.trim())
      .filter(id => id !== '')
    const { umo, group } = visit.message
    if (listed.length === 0 || isExempt(visit)) return onward
    if (listed.includes(umo) || (group && listed.includes(group.id))) return onward
    if (settings.id_whitelist_log)
      log.info({ umo }, 'a message was left unanswered: its origin is not on the whitelist')
    return halt('its origin is not on the whitelist')
  }
}

function isExempt({ role, message, config }: Visit): boolean {
  if (role !== 'admin') return false
  const { wl_ignore_admin_on_group, wl_ignore_admin_on_friend } = config.platform_settings
  return message.type === 'GroupMessage' ? wl_ignore_admin_on_group : wl_ignore_admin_on_friend
}
