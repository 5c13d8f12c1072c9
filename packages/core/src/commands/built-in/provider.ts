import type { AllProviders } from '../../providers/index.ts'
import type { Sessions } from '../../sessions/index.ts'
import type { Command, CommandCall } from '../command.ts'

/** The kinds of providers that a chat can choose, in the order in which they are listed. */
const kinds = [
  { word: '', title: 'LLM Providers', rule: 'provider_perf_chat_completion', type: 'chat_completion' },
  { word: 'tts', title: 'TTS Providers', rule: 'provider_perf_text_to_speech', type: 'text_to_speech' },
  { word: 'stt', title: 'STT Providers', rule: 'provider_perf_speech_to_text', type: 'speech_to_text' },
] as const

export type ProviderKind = (typeof kinds)[number]['type']

export interface Choice {
  id: string
  model: string | null
}

export interface ProviderCommandServices {
  sessions: Pick<Sessions, 'setRule'>
  providers: Pick<AllProviders, 'test'>
  /** The providers of a kind, in the order in which they are counted. */
  choices(type: ProviderKind): readonly Choice[]
  /** The provider of a kind that a chat uses. */
  inUse(type: ProviderKind, call: CommandCall): string | undefined
}

/** Shows and changes what answers, speaks and hears in a chat. */
export function providerCommand(services: ProviderCommandServices): Command {
  const { sessions, choices } = services
  return {
    name: 'provider',
    description: 'Lists the providers, or chooses one for this chat.',
    usage: '[tts|stt] [index]',
    permission: 'admin',
    async run(call) {
      const [first, second] = call.words
      if (first === undefined) return listing(services, call)
      const named = kinds.find(({ word }) => word !== '' && word === first)
      const kind = named ?? kinds[0]
      const index = named ? second : first
      if (index === undefined) return 'Please enter the index.'
      if (!/^\d+$/.test(index)) return named ? '❌ Invalid provider index.' : '❌ Invalid parameter.'
      const chosen = choices(kind.type)[Number(index) - 1]
      if (!chosen) return '❌ Invalid provider index.'
      await sessions.setRule(call.visit.message.umo, kind.rule, chosen.id)
      return `✅ Successfully switched to ${chosen.id}.`
    },
  }
}

async function listing(services: ProviderCommandServices, call: CommandCall): Promise<string[]> {
  const { providers, choices, inUse } = services
  const test = call.visit.config.provider_settings.reachability_check
  const sections = await Promise.all(
    kinds.map(async ({ title, type }) => {
      const found = choices(type)
      if (found.length === 0) return undefined
      const used = inUse(type, call)
      const lines = found.map(async ({ id, model }, i) => {
        const name = type === 'chat_completion' ? `${id} (${model ?? ''})` : id
        const mark = test ? await reach(providers, id) : ''
        return `${i + 1}. ${name}${mark}${id === used ? ' 👈' : ''}`
      })
      return [`## ${title}`, ...(await Promise.all(lines))].join('\n')
    }),
  )
  const text = sections.filter(section => section !== undefined).join('\n\n')
  const hints = kinds
    .filter((_, i) => sections[i] !== undefined)
    .map(({ word }) => `Use /provider ${word && `${word} `}<idx> to switch ${word.toUpperCase() || 'LLM'} providers.`)
  return [...(test ? ['👀 Testing provider reachability...'] : []), `${text}\n\n${hints.join('\n')}`]
}

async function reach(providers: Pick<AllProviders, 'test'>, id: string): Promise<string> {
  const error = await providers.test(id).then(
    trial => trial.error,
    () => 'unknown',
  )
  return error === null ? ' ✅' : ' ❌(errcode: TEST_FAILED)'
}
