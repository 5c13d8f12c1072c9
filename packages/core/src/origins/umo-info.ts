import type { Schemas } from '@astrbot/contract'

/** The names that are stored of an origin. */
export interface OriginNames {
  creator_sender_id: string
  auto_name: string | null
  user_alias: string | null
}

/** An origin taken apart for people, leniently: what does not have three parts is a session id as a whole. */
export function umoInfo(umo: string, names: OriginNames | undefined): Schemas['UmoInfo'] {
  const [platform = '', type = '', ...rest] = umo.split(':')
  const autoName = names?.auto_name ?? ''
  const alias = names?.user_alias ?? ''
  return {
    umo,
    platform: platform || 'unknown',
    message_type: type || 'unknown',
    session_id: rest.length > 0 ? rest.join(':') : umo,
    auto_name: autoName,
    user_alias: alias,
    display_name: alias || autoName || umo,
    creator_sender_id: names?.creator_sender_id ?? '',
  }
}
