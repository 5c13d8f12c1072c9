import type { Schemas } from '@astrbot/contract'
import type { Environment } from '../../options.ts'
import { type Connection, connect } from '../connection.ts'
import { enabledIds, tryOut } from '../provider-test.ts'
import { type Finding, ok, problem, warning, wordsOf } from './check.ts'

/** Whether the providers in use can be loaded and answer. Asks the running server, which has its own environment. */
export async function checkProviders(server: Connection | undefined, env: Environment): Promise<Finding[]> {
  try {
    if (server) return await testsOf(server)
    await using connection = await connect(env)
    return await testsOf(connection)
  } catch (error) {
    return [problem('providers', `they cannot be listed: ${wordsOf(error)}`, 'Mend what is named above first.')]
  }
}

async function testsOf(connection: Connection): Promise<Finding[]> {
  const { providers } = (await connection.call('GET', '/providers')) as Schemas['ProviderList']
  const broken = providers.filter(provider => provider.load_error)
  const findings = broken.map(({ id, load_error }) =>
    problem(
      'provider',
      `${id} cannot be loaded: ${load_error}`,
      `Correct or disable it; see \`astrbot provider list\`.`,
    ),
  )
  const ids = (await enabledIds(connection)).filter(id => !broken.some(provider => provider.id === id))
  const trials = await Promise.all(ids.map(id => tryOut(connection, id)))
  for (const { id, error } of trials) {
    if (error === null) findings.push(ok('provider', `${id} answers`))
    else findings.push(problem('provider', `${id}: ${error}`, 'Check key, address and model name.'))
  }
  if (ids.length > 0 || broken.length > 0) return findings
  const hint = 'Set OPENAI_API_KEY, or store one: astrbot provider add openai --key - --model <name>'
  return [warning('providers', 'there are none, so a demo answers', hint)]
}
