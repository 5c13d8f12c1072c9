import type { Origins } from '../../origins/index.ts'
import type { Preferences } from '../../preferences/index.ts'
import { CommandRegistry } from '../registry.ts'
import { type ConversationCommandServices, conversationCommands } from './conversation.ts'
import { helpCommand } from './help.ts'
import { nameCommand, sidCommand } from './identity.ts'
import { type ProviderCommandServices, providerCommand } from './provider.ts'
import { variableCommands } from './variables.ts'

export interface BuiltInServices
  extends Omit<ConversationCommandServices, 'providers'>,
    Omit<ProviderCommandServices, 'providers'> {
  providers: ConversationCommandServices['providers'] & ProviderCommandServices['providers']
  origins: Pick<Origins, 'infos' | 'setAlias'>
  preferences: Pick<Preferences, 'get' | 'change'>
  /** Of this program, as `/help` tells it. */
  version: string
}

/** The commands that come with the bot. */
export function builtInCommands(services: BuiltInServices): CommandRegistry {
  const registry = new CommandRegistry()
  registry.add(
    helpCommand(services.version, () => registry.list()),
    sidCommand,
    nameCommand(services.origins),
    ...conversationCommands(services),
    providerCommand(services),
    ...variableCommands(services.preferences),
  )
  return registry
}
