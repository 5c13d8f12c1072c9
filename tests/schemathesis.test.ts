import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodySchemaOf, builtOperations, infoOf } from './support/contract.ts'
import { fieldsOf } from './support/fields.ts'
import { type Role, TestServer } from './support/server.ts'

// Schemathesis (https://schemathesis.io) reads the contract that the server serves and thinks of requests itself: no
// 5xx, no status, content type or body that the contract does not declare. It is a Python program; where Python or the
// package index is missing, these tests are skipped, and say so.

const run = promisify(execFile)
const version = '4.32.5'
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
]
const home = join(homedir(), '.cache', 'astrbot-tests', `schemathesis-${version}`)
const program = join(home, 'bin', 'schemathesis')

/** Installs the program into a virtual environment of its own, once. Answers what is missing, if anything. */
async function install(): Promise<string | undefined> {
  if (existsSync(program)) return undefined
  try {
    await run('python3', ['-m', 'venv', home])
    await run(join(home, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `schemathesis==${version}`,
    ])
    return undefined
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    return error instanceof Error ? error.message.trim().split('\n').slice(0, 3).join(' ') : String(error)
  }
}

// Its notion of an event stream's schema is the object of one event; ours is the text. All other tests check the events.
const streams = builtOperations.filter(id => infoOf(id).stream === 'events')
const config = [
  '[checks]',
  'enabled = false',
  ...checks.map(check => `${check}.enabled = true`),
  ...streams.flatMap(id => [
    '[[operations]]',
    `include-operation-id = "${id}"`,
    'checks.response_schema_conformance.enabled = false',
  ]),
  // Thinking of values for each of hundreds of settings takes minutes; other tests do that.
  ...builtOperations
    .filter(id => fieldsOf(bodySchemaOf(id) ?? {}).length > 60)
    .flatMap(id => [
      '[[operations]]',
      `include-operation-id = "${id}"`,
      'phases.examples.enabled = false',
      'phases.coverage.enabled = false',
    ]),
  // Where a service behind the server may fail, 502 is a declared answer. Other 5xx are still undeclared ones.
  ...builtOperations
    .filter(id => infoOf(id).statuses.includes(502))
    .flatMap(id => ['[[operations]]', `include-operation-id = "${id}"`, 'checks.not_a_server_error.enabled = false']),
].join('\n')

let missing: string | undefined
let server: TestServer
let scratch: string
beforeAll(async () => {
  missing = await install()
  server = await TestServer.start()
  scratch = await mkdtemp(join(tmpdir(), 'astrbot-schemathesis-'))
  await writeFile(join(scratch, 'schemathesis.toml'), config)
}, 180_000)
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

describe('schemathesis finds nothing', () => {
  it.for<Role>(['token', 'key'])('for a caller with a %s', { timeout: 240_000 }, async (role, { skip }) => {
    if (missing !== undefined) {
      console.warn(
        `\n*** SKIPPED: schemathesis ${version} cannot be installed here (python3 and pip needed): ${missing}\n`,
      )
      skip()
    }
    // To the key everything outside its scope is the same 403.
    const operations = builtOperations.filter(id => role === 'token' || infoOf(id).scope === 'chat')
    const headers = Object.entries(server.credentials[role]).flatMap(([name, value]) => [
      '--header',
      `${name}: ${value}`,
    ])
    const output = await run(
      program,
      [
        ...['--config-file', 'schemathesis.toml', 'run', `${server.url}/api/v1/openapi.json`],
        ...operations.flatMap(id => ['--include-operation-id', id]),
        ...headers,
        ...['--phases', 'examples,coverage,fuzzing', '--max-examples', '10', '--workers', '1'],
        // Its own credentials would hide ours.
        ...['--generation-with-security-parameters', 'false', '--generation-deterministic'],
        ...['--suppress-health-check', 'all', '--request-timeout', '10', '--continue-on-failure', '--no-color'],
      ],
      { cwd: scratch, maxBuffer: 64 * 1024 * 1024, timeout: 235_000 },
    ).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      (error: { code?: number; stdout?: string; stderr?: string }) => ({
        code: error.code ?? -1,
        text: `${error.stdout ?? ''}${error.stderr ?? ''}`,
      }),
    )
    const summary = /(\d+) generated, .*/.exec(output.text)
    console.log(`schemathesis with a ${role}: ${summary?.[0] ?? 'no summary'}`)
    expect(output.code, failuresIn(output.text)).toBe(0)
    expect(Number(summary?.[1])).toBeGreaterThan(500)
  })
})

/** What the report says of failures, without what it warns of. */
function failuresIn(report: string): string {
  const [, failures = report] = /=+ (?:FAILURES|ERRORS) =+([\s\S]*?)=+ (?:WARNINGS|SUMMARY) =+/.exec(report) ?? []
  const lines = failures.split('\n').map(line => line.slice(0, 300))
  return lines.join('\n').slice(-12_000)
}
