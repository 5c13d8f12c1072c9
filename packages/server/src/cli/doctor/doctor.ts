import { optionsFrom } from '../../options.ts'
import type { Command } from '../command.ts'
import { connectToServer } from '../connection.ts'
import { type Finding, ok } from './check.ts'
import { checkProviders } from './providers.ts'
import { checkConfiguration, checkDatabase } from './stored.ts'
import { checkFolder, checkNode, checkPort } from './surroundings.ts'

export const doctor: Command = {
  name: 'doctor',
  usage: '[--skip-providers]',
  summary: 'look for what keeps the bot from running well, and say what to do',
  flags: { 'skip-providers': { type: 'boolean' }, host: { type: 'string' }, port: { type: 'string' } },

  async run(args, { env, print }) {
    const findings: Finding[] = []
    const tell = (...found: Finding[]) => {
      findings.push(...found)
      if (!args.is('json')) for (const finding of found) print(lineOf(finding))
    }
    args.atMost(0)
    tell(checkNode())
    const named = { ...env, DASHBOARD_HOST: args.text('host') ?? env['DASHBOARD_HOST'] }
    const options = optionsFrom({ ...named, DASHBOARD_PORT: args.text('port') ?? env['DASHBOARD_PORT'] })
    const folder = await checkFolder(options.dataDir)
    tell(...folder.findings)
    const server = folder.usable ? await connectToServer(options.dataDir) : undefined
    if (server) tell(ok('server', `runs at ${server.server}`))
    else tell(await checkPort(options))
    if (folder.usable) {
      tell(...(await checkConfiguration(options.dataDir)))
      tell(...(await checkDatabase(options)))
    }
    const sound = !findings.some(({ level, about }) => level === 'problem' && about !== 'port')
    // Opening a data folder that is broken, or older, would change it.
    const untouched = findings.some(({ level, about }) => about === 'database' && level !== 'ok')
    if (!args.is('skip-providers') && (server || (folder.usable && sound && !untouched)))
      tell(...(await checkProviders(server, env)))
    const problems = findings.filter(({ level }) => level === 'problem').length
    if (args.is('json')) print(JSON.stringify({ ok: problems === 0, findings }, null, 2))
    else print(problems === 0 ? '\nNo problems.' : `\n${problems} problem(s).`)
    return problems === 0 ? 0 : 1
  },
}

function lineOf({ level, about, text, hint }: Finding): string {
  const line = `${level.padEnd(8)} ${about}: ${text}`
  return hint === undefined ? line : `${line}\n         → ${hint}`
}
