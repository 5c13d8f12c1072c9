import { randomUUID } from 'node:crypto'
import { open, rm, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { ServerOptions } from '../../options.ts'
import { type Finding, ok, problem, warning, wordsOf } from './check.ts'

const mib = 1024 * 1024

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12)
    ? ok('node', `Node ${version}`)
    : problem('node', `Node ${version} is too old`, 'Install Node 22.12 or newer; `npm start` brings its own.')
}

/** Whether the folder is there, can be written and has space left. Answers false as `usable` when nothing more can be read. */
export async function checkFolder(dataDir: string): Promise<{ usable: boolean; findings: Finding[] }> {
  const found = await stat(dataDir).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error) {
    if (found.code !== 'ENOENT') return unusable(dataDir, found.message)
    const text = `${dataDir} does not exist yet; the first start makes it`
    const hint = 'If the bot has run before, name its folder with --data-dir or ASTRBOT_DATA_DIR.'
    return { usable: false, findings: [warning('data folder', text, hint)] }
  }
  if (!found.isDirectory()) return unusable(dataDir, 'it is no folder')
  const findings = [await checkWritable(dataDir)]
  const { bavail, bsize } = await statfs(dataDir)
  const free = Math.floor((bavail * bsize) / mib)
  const hint = 'Free some space: without it neither messages nor settings can be stored.'
  if (free < 50) findings.push(problem('disk', `only ${free} MiB are free`, hint))
  else if (free < 500) findings.push(warning('disk', `only ${free} MiB are free`, hint))
  else findings.push(ok('disk', `${free} MiB are free`))
  return { usable: true, findings }
}

function unusable(dataDir: string, why: string): { usable: boolean; findings: Finding[] } {
  const hint = `Make ${dataDir} a folder that this user may write, or choose another one with --data-dir.`
  return { usable: false, findings: [problem('data folder', `${dataDir} cannot be used: ${why}`, hint)] }
}

async function checkWritable(dataDir: string): Promise<Finding> {
  const probe = join(dataDir, `.doctor-${randomUUID()}`)
  try {
    await (await open(probe, 'wx')).close()
    return ok('data folder', dataDir)
  } catch (error) {
    const hint = `Let the user that runs the bot write there: chown -R <user> ${dirname(probe)}`
    return problem('data folder', `${dataDir} cannot be written: ${wordsOf(error)}`, hint)
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

/** Whether the server could listen where it is told to. */
export function checkPort({ host, port }: Pick<ServerOptions, 'host' | 'port'>): Promise<Finding> {
  const probe = createServer()
  return new Promise(resolve => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        const hint = 'Stop the program that uses it, or choose another port with --port or DASHBOARD_PORT.'
        resolve(problem('port', `${host}:${port} is taken by another program`, hint))
      } else {
        const hint = 'Choose an address of this machine with DASHBOARD_HOST, and a port above 1023.'
        resolve(problem('port', `${host}:${port} cannot be used: ${error.message}`, hint))
      }
    })
    probe.listen(port, host, () => probe.close(() => resolve(ok('port', `${host}:${port} is free`))))
  })
}
