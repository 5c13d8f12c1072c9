import type { Schemas } from '@astrbot/contract'
import type { Command } from './command.ts'
import { connect } from './connection.ts'
import { table } from './table.ts'

export const providerList: Command = {
  name: 'provider list',
  usage: '[--capability chat]',
  summary: 'list providers, stored ones and those of the environment',
  flags: { capability: { type: 'string' } },

  async run(args, { env, print }) {
    args.atMost(0)
    const capability = args.text('capability')
    await using connection = await connect(env)
    const query = capability === undefined ? {} : { capability }
    const { providers } = (await connection.call('GET', '/providers', { query })) as Schemas['ProviderList']
    if (args.is('json')) print(JSON.stringify(providers.map(plain), null, 2))
    else if (providers.length === 0) print('There are no providers. Add one with `astrbot provider add`.')
    else print(table(['ID', 'TYPE', 'MODEL', 'STATE'], providers.map(row)))
    return 0
  },
}

type Provider = Schemas['Provider']

function row(provider: Provider): string[] {
  return [provider.id, String(provider.type ?? ''), String(provider['model'] ?? ''), stateOf(provider)]
}

function stateOf(provider: Provider): string {
  if (provider.load_error) return `broken: ${provider.load_error}`
  const state = provider.enable === false ? 'disabled' : 'enabled'
  return provider.origin === 'environment' ? `${state}, from the environment` : state
}

/** What a program may see on standard output: no keys, no headers. */
function plain(provider: Provider) {
  const { id, type, provider_type, provider_source_id, enable, origin, load_error } = provider
  const model = provider['model']
  return { id, type, provider_type, provider_source_id, model, enable, origin: origin ?? 'stored', load_error }
}
