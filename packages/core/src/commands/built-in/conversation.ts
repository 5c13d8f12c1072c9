import type { Conversations } from '../../conversations/index.ts'
import type { Providers, TokenUsage } from '../../providers/index.ts'
import type { Command } from '../command.ts'

export interface ConversationCommandServices {
  conversations: Pick<Conversations, 'currentId' | 'clear' | 'startAnew'>
  providers: Pick<Providers, 'list'>
  /** Tokens of everything that was asked in a conversation; undefined when nothing was. */
  usageOf(conversationId: string): Promise<TokenUsage | undefined>
  /** Forgets what members of a group said meanwhile. */
  forgetGroup(umo: string): void
  /** Lets the agent at another place that answers a chat begin anew; false where there is none. */
  forgetRemote(umo: string): Promise<boolean>
}

/** What people do with the memory of a chat. */
export function conversationCommands(services: ConversationCommandServices): Command[] {
  const { conversations, providers, usageOf, forgetGroup, forgetRemote } = services
  return [
    {
      name: 'reset',
      description: 'Empties the conversation.',
      permission: 'shared_group_admin',
      async run({ visit, turns }) {
        const { umo } = visit.message
        turns.stop()
        // A turn that is being stopped still stores what it said. It must not come after this.
        const remote = await turns.alone(() => forgetRemote(umo))
        if (!remote && providers.list().length === 0) return '😕 Cannot find any LLM provider. Configure one first.'
        await turns.alone(() => conversations.clear(umo))
        forgetGroup(umo)
        return '✅ The current conversation context has been cleared.'
      },
    },
    {
      name: 'stop',
      description: 'Stops what the bot is doing in this chat.',
      permission: 'everyone',
      async run({ turns }) {
        const count = turns.stop()
        return count > 0
          ? `✅ Requested to stop ${count} running tasks.`
          : '✅ No running tasks in the current session.'
      },
    },
    {
      name: 'new',
      description: 'Begins a new conversation.',
      permission: 'shared_group_admin',
      async run({ visit, turns, platformId, chatName }) {
        const { umo } = visit.message
        turns.stop()
        const id = await turns.alone(() => conversations.startAnew(umo, platformId, chatName))
        forgetGroup(umo)
        if (await forgetRemote(umo)) return '✅ New conversation created.'
        return `✅ Switched to new conversation: ${id.slice(0, 4)}.`
      },
    },
    {
      name: 'stats',
      description: 'Shows the tokens that this conversation used.',
      permission: 'everyone',
      async run({ visit }) {
        const id = await conversations.currentId(visit.message.umo)
        if (id === undefined) return '❌ You are not in a conversation. Use /new to create one.'
        const usage = await usageOf(id)
        if (!usage) return '📊 No stats available for this conversation yet.'
        const rows: [string, number][] = [
          ['Total:', usage.inputOther + usage.inputCached + usage.output],
          ['Input (cached):', usage.inputCached],
          ['Input (other):', usage.inputOther],
          ['Output:', usage.output],
        ]
        const width = Math.max(...rows.map(([label]) => label.length)) + 1
        const lines = rows.map(([label, tokens]) => label.padEnd(width) + tokens.toLocaleString('en-US'))
        return [`📊 Conversation Token usage (ID: ${id.slice(0, 8)}...)`, ...lines, ''].join('\n')
      },
    },
  ]
}
