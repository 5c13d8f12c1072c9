import type { Schemas } from '@astrbot/contract'
import type { Command } from './command.ts'
import { type Connection, connect } from './connection.ts'

export const providerTest: Command = {
  name: 'provider test',
  usage: '<id> | --all',
  summary: 'make one small call and say why it failed',
  flags: { all: { type: 'boolean' } },

  async run(args, { env, print }) {
    args.atMost(1)
    if (args.is('all') === args.words.length > 0) throw args.refuse('name a provider, or all of them with --all')
    await using connection = await connect(env)
    const ids = args.is('all') ? await enabledIds(connection) : [args.word(0, 'the id')]
    const trials = []
    for (const id of ids) {
      const trial = await tryOut(connection, id)
      trials.push(trial)
      if (!args.is('json')) print(trialLine(trial))
    }
    if (args.is('json')) print(JSON.stringify(trials, null, 2))
    return trials.every(trial => trial.error === null) ? 0 : 1
  },
}

type Trial = Schemas['ProviderTest']

export async function enabledIds(connection: Connection): Promise<string[]> {
  const { providers } = (await connection.call('GET', '/providers', {
    query: { enabled: true },
  })) as Schemas['ProviderList']
  return providers.map(({ id }) => id)
}

export async function tryOut(connection: Connection, id: string): Promise<Trial> {
  return (await connection.call('POST', '/providers/test', { body: { provider_id: id } })) as Trial
}

export function trialLine({ id, model, error }: Trial): string {
  return error === null ? `ok       ${id} answers${model ? ` (${model})` : ''}` : `problem  ${id}: ${error}`
}
