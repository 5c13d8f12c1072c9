import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type AudioServer, soundOf, startAudioServer } from '@astrbot/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestServer } from './support/server.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

/** What each example prints, in their order. */
const prints: readonly [kind: string, output: RegExp][] = [
  ['sh', /"type":"session_id"[\s\S]*"type":"plain"[\s\S]*"type":"end"/],
  ['sh', /Where shall we go\?[\s\S]*"type":"bot"/],
  ['sh', /^id: [\w-]+:3\n[\s\S]*"type":"end"/m],
  ['sh', /"type":"session_id"[\s\S]*"type":"end"/],
  ['ts', /What is missing\?[\s\S]*\d tokens/],
  ['ts', /\[[\s\S]*(eat|sleep)\?[\s\S]*(eat|sleep)\?[\s\S]*\]/],
  ['ts', /\[[\s\S]*eat\?[\s\S]*sleep\?[\s\S]*\]/],
  ['ts', /Hello → .+ \(first sound after [\d.]+ s\)/],
]

/** The examples of the page are run as they are written, one after the other. */
describe('docs/talk-to-the-bot.md', () => {
  let dir: string
  let audio: AudioServer
  let server: TestServer
  let apiKey: string
  let examples: { kind: string; code: string }[]

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'astrbot-talk-'))
    await writeFile(join(dir, 'question.pcm'), soundOf('Hello'))
    audio = await startAudioServer()
    const shared = { enable: true, api_key: 'k', api_base: `${audio.url}/v1` }
    const ears = { ...shared, id: 'ears', type: 'openai_whisper_api', provider_type: 'speech_to_text', model: 'w' }
    const mouth = { ...shared, id: 'mouth', type: 'openai_tts_api', provider_type: 'text_to_speech', model: 't' }
    server = await TestServer.start({ config: { provider: [ears, mouth], provider_tts_settings: { enable: true } } })
    apiKey = (await server.call('createApiKey', { json: { scopes: ['chat', 'file'] } })).data.api_key
    const page = await readFile(join(root, 'docs/talk-to-the-bot.md'), 'utf8')
    examples = [...page.matchAll(/```(sh|ts)\n([\s\S]*?)```/g)].map(([, kind = '', code = '']) => ({
      kind,
      code: code.replaceAll('127.0.0.1:6185', server.url.replace('http://', '')),
    }))
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await audio.stop()
    await rm(dir, { recursive: true, force: true })
  })

  it('has the examples that are expected', () => {
    expect(examples.map(({ kind }) => kind)).toEqual(prints.map(([kind]) => kind))
  })

  it.each(prints.map(([kind, output], index) => ({ kind, output, index })))(
    'has an example $index ($kind) that works',
    async ({ kind, output, index }) => {
      const code = examples[index]?.code ?? ''
      const options = { cwd: dir, env: { ...process.env, ASTRBOT_API_KEY: apiKey } }
      if (kind === 'sh') {
        expect((await run('sh', ['-ec', code], options)).stdout).toMatch(output)
        return
      }
      // Beside the tests, from where it finds the client.
      const file = join(root, 'tests', `.talk-example-${process.pid}-${index}.ts`)
      await writeFile(file, code)
      try {
        expect((await run('node', [file], options)).stdout).toMatch(output)
      } finally {
        await rm(file)
      }
    },
  )

  it('leaves the spoken answer behind', async () => {
    expect((await readdir(dir)).filter(name => name.startsWith('answer-')).length).toBeGreaterThan(0)
  })
})
