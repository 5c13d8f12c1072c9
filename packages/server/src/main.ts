/** The `astrbot` command: starts the server, or carries out the command that is named. */
import { parseArgs } from 'node:util'
import { greeting } from './greeting.ts'
import { createLog } from './log.ts'
import { optionsFrom } from './options.ts'
import { startServer } from './server.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(`AstrBot needs Node 22.12 or newer; this is ${process.version}. \`npm start\` brings its own.`)
  process.exit(1)
}

const argv = process.argv.slice(2)
if (argv[0] !== undefined && !argv[0].startsWith('-')) {
  // Loaded by those who use it: a server starts without.
  const { runCommand } = await import('./cli/index.ts')
  const code = await runCommand(argv, process.env)
  // What hangs on after an answer, such as idle connections, does not keep the command; what it said is written out.
  await new Promise(resolve => process.stdout.write('', resolve))
  process.exit(code)
}

const values = startFlags()
if (values.help) {
  const { commandList } = await import('./cli/index.ts')
  console.log('astrbot [--host 127.0.0.1] [--port 6185] [--data-dir ./data] [--reset-password]')
  console.log(`\nWithout a command it starts the server. Commands:\n${commandList()}`)
  process.exit(0)
}

try {
  const env = { ...process.env }
  if (values.host !== undefined) env['DASHBOARD_HOST'] = values.host
  if (values.port !== undefined) env['DASHBOARD_PORT'] = values.port
  if (values['data-dir'] !== undefined) env['ASTRBOT_DATA_DIR'] = values['data-dir']
  if (values['reset-password']) env['ASTRBOT_RESET_DASHBOARD_PASSWORD'] = '1'
  const options = optionsFrom(env)
  const log = createLog(options.logLevel)
  const server = await startServer(options, log, env)
  console.log(greeting(server, options))

  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      log.info({ signal }, 'stopping')
      server.stop().then(
        () => process.exit(0),
        error => {
          log.error({ err: error }, 'the server did not stop cleanly')
          process.exit(1)
        },
      )
    })
  }
} catch (error) {
  console.error(startProblem(error))
  process.exit(1)
}

function startFlags() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        'reset-password': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nastrbot --help lists what there is.`)
    process.exit(2)
  }
}

function startProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE')
    return 'The port is taken. Choose another one with DASHBOARD_PORT, or stop the program that uses it.'
  if (code === 'EACCES') return `No permission: ${error.message}`
  return `AstrBot cannot start: ${error.message}`
}
