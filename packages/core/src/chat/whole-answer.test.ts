import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import type { Voice } from '../pipeline/index.ts'
import { privateMessage, visitOf } from '../pipeline/visit.testing.ts'
import { type ChatFixture, chatFixture } from './fixture.ts'
import type { ChatEvent } from './types.ts'
import { WholeAnswer } from './whole-answer.ts'

const info = { runId: 'r', sessionId: 's', umo: 'u', username: 'alice', apiKeyId: null, checkpointId: 'c' }
const visit = visitOf(privateMessage('x'), { config: { platform_settings: { reply_prefix: '> ' } } })

const said = (data: string, chain_type: string | null = null): ChatEvent => ({
  type: 'plain',
  data,
  chain_type,
  streaming: false,
  message_id: 'r',
})

/** What is told of two texts and a thought, by a voice that takes its time and speaks the first one. */
async function told({ files }: ChatFixture): Promise<{ events: string[]; recording: string }> {
  await mkdir(files.spool, { recursive: true })
  const recording = join(files.spool, 'speech.wav')
  const voice: Voice = async (_, [part]) => {
    await new Promise(resolve => setTimeout(resolve, 5))
    if (part?.type !== 'plain' || part.text !== '> one') return undefined
    await writeFile(recording, 'sound')
    return [{ type: 'record', file: recording }]
  }
  const events: string[] = []
  const answer = new WholeAnswer({ voice, files, log: silentLog }, { run: { info }, visit }, event => {
    events.push(event.type === 'plain' ? event.data : event.type)
  })
  for (const event of [said('one'), said('hm', 'reasoning'), said('two')]) answer.take(event)
  await answer.told()
  return { events, recording }
}

it('tells recordings and texts in their order', async () => {
  await using fixture = await chatFixture()
  const { events } = await told(fixture)
  expect(events).toEqual(['record', 'attachment_saved', 'hm', '> two'])
})

it('tells the text of a recording that cannot be kept, and leaves nothing of it behind', async () => {
  await using fixture = await chatFixture()
  const dataDir = dirname(dirname(fixture.files.spool))
  await rm(join(dataDir, 'attachments'), { recursive: true })
  const { events, recording } = await told(fixture)
  expect(events).toEqual(['> one', 'hm', '> two'])
  await expect(access(recording)).rejects.toMatchObject({ code: 'ENOENT' })
})

it('is whole, though the server stops while it is spoken', async () => {
  await using fixture = await chatFixture()
  const { chat } = fixture
  const begun = Promise.withResolvers<void>()
  fixture.voice = ({ signal }) => {
    begun.resolve()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const caller = { username: 'alice', apiKeyId: null }
  const run = await chat.send(caller, { message: 'hi', sessionId: 's1', streaming: false })
  await begun.promise
  await chat.stop(0)
  const { history } = await chat.sessions.get(caller, 's1', { page: 1, pageSize: 10 })
  expect(history.at(-1)?.content).toMatchObject({ message: [{ type: 'plain', text: 'hello' }] })
  expect(history.at(-1)?.content).not.toHaveProperty('error')
  expect(run.status).toBe('completed')
})
