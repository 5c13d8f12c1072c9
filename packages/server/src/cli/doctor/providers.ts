import type { Schemas } from '@astrbot/contract'
import { readSetting } from '@astrbot/core'
import type { Environment } from '../../options.ts'
import { type Connection, connect } from '../connection.ts'
import { readProfile } from '../documents.ts'
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

/** Whom the default profile names to answer. */
async function choiceOf(connection: Connection, providers: Schemas['Provider'][]): Promise<Finding[]> {
  const { config } = await readProfile(connection, 'default')
  const runner = readSetting(config, ['agent_runner', 'runner_type'])
  if (runner !== 'local') return [ok('agent runner', `the default profile is answered by ${runner}`)]
  const chosen = readSetting(config, ['agent_runner', 'config', 'model', 'provider_id'])
  if (typeof chosen !== 'string' || chosen === '') return []
  if (providers.some(({ id, enable }) => id === chosen && enable)) return []
  const text = `the default profile names ${chosen}, which does not exist or is switched off; another one answers`
  const hint = 'astrbot config set agent_runner.config.model.provider_id <one of `astrbot provider list`>'
  return [warning('provider', text, hint)]
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
  findings.push(...(await choiceOf(connection, providers)))
  if (findings.length > 0) return findings
  const hint = 'Set OPENAI_API_KEY, or store one: astrbot provider add openai --key - --model <name>'
  return [warning('providers', 'there are none, so a demo answers', hint)]
}
