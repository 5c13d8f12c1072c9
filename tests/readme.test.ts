import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createLog, optionsFrom, type RunningServer, startServer } from '@astrbot/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

/** The examples of the README are run as they are written, against a fresh server. */
describe('the README', () => {
  let dir: string
  let server: RunningServer
  let readme: string

  const example = (language: string, word: string) => {
    const blocks = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    const found = blocks.find(([, kind, text]) => kind === language && text?.includes(word))?.[2]
    if (found === undefined) throw new Error(`the README has no ${language} example with ${word}`)
    return found.replaceAll('http://127.0.0.1:6185', server.url)
  }

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'astrbot-readme-'))
    readme = await readFile(join(root, 'README.md'), 'utf8')
    server = await startServer(optionsFrom({ ASTRBOT_DATA_DIR: dir, DASHBOARD_PORT: '0' }), createLog('silent'))
  })
  afterAll(async () => {
    await server.stop(0)
    await rm(dir, { recursive: true, force: true })
  })

  const env = () => ({ ...process.env, ASTRBOT_API_KEY: server.firstRun.apiKey })

  it('has a curl line that streams an answer', async () => {
    const { stdout } = await run('sh', ['-c', example('sh', 'curl -N')], { env: env() })
    expect(stdout).toContain('"type":"session_id"')
    expect(stdout).toContain('"type":"plain"')
    expect(stdout.trimEnd()).toMatch(/"type":"end".*$/)
  })

  it('has an SDK program that prints a streamed answer and a second one', async () => {
    const file = join(root, 'tests', `.readme-example-${process.pid}.ts`)
    await writeFile(file, example('ts', 'createClient'))
    try {
      const { stdout } = await run('node', [file], { env: env() })
      expect(stdout).toContain('Hello!')
      expect(stdout).toContain('And again?')
    } finally {
      await rm(file)
    }
  })
})
