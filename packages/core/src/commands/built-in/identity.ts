import type { Origins } from '../../origins/index.ts'
import type { Command } from '../command.ts'

/** Where one is, and who. */
export const sidCommand: Command = {
  name: 'sid',
  description: 'Shows the ids of this chat and of yourself.',
  permission: 'everyone',
  async run({ visit: { message, config } }) {
    const lines = [
      `UMO: 「${message.umo}」`,
      `UID: 「${message.sender.id}」`,
      'Use the UMO in whitelists, rules and routes, and the UID in the list of administrators.',
      `Bot ID: 「${message.platformId}」`,
      `Message Type: 「${message.type}」`,
      `Session ID: 「${message.sessionId}」`,
    ]
    if (message.group && config.platform_settings.unique_session) lines.push(`Group ID: 「${message.group.id}」`)
    return lines.join('\n')
  },
}

export function nameCommand(origins: Pick<Origins, 'infos' | 'setAlias'>): Command {
  return {
    name: 'name',
    description: 'Names this chat, or shows its names.',
    usage: '<name>',
    permission: 'admin',
    async run({ visit: { message }, words }) {
      const { umo, sender } = message
      if (words.length > 0) {
        const alias = words.join(' ')
        await origins.setAlias(umo, sender.id, alias)
        return `UMO name set to: ${alias}\nUMO: ${umo}`
      }
      const [names] = await origins.infos([umo])
      const auto = names?.auto_name || '(empty)'
      const alias = names?.user_alias || '(empty)'
      return `Usage: /name <name>\nUMO: ${umo}\nAuto name: ${auto}\nAlias: ${alias}`
    },
  }
}
