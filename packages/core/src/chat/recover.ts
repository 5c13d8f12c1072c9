import type { Clock } from '../clock.ts'
import type { Conversations } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { LlmMessage } from '../providers/model.ts'
import type { Store } from '../store/index.ts'
import { isoTime } from '../time.ts'
import { quoted } from './incoming.ts'
import { storedParts, storedText, writtenText } from './prompt.ts'
import { Recorder } from './recorder.ts'
import { readLogPiece } from './run-log.ts'
import {
  findThread,
  finishRun,
  insertMessage,
  insertRunEvents,
  messagesOfCheckpoint,
  runEventsAfter,
  runsLeftRunning,
} from './store.ts'
import type { ChatRunTable } from './table.ts'
import { botRow, errorEvent, storedContent } from './turns.ts'
import type { ChatEvent } from './types.ts'
import { userContent } from './user-content.ts'

/**
 * Readers may have seen events that did not reach the store. The end of a run that was cut off is numbered beyond all of
 * them, or a reader that goes on after the last one it saw would never hear it.
 */
const mostUnstored = 1_000_000

interface RecoverServices {
  store: Store
  conversations: Conversations
  clock: Clock
  log: Logger
}

/** Ends every run that a crash left running: what was streamed becomes a message marked `interrupted`. Answers how many. */
export async function recoverRuns(services: RecoverServices): Promise<number> {
  const { store, clock, log } = services
  const runs = await runsLeftRunning(store.db)
  for (const run of runs) {
    try {
      await recover(services, run)
    } catch (error) {
      // What cannot be read now will not be readable at the next start either; the others have to go on.
      log.error({ err: error, runId: run.run_id }, 'a turn that was cut off could not be recovered')
      await finishRun(store.db, run.run_id, 'failed', clock.now())
    }
  }
  return runs.length
}

async function recover({ store, conversations, clock }: RecoverServices, run: ChatRunTable): Promise<void> {
  const pieces = await runEventsAfter(store.db, run.run_id, 0)
  const logged = pieces.flatMap(piece => readLogPiece(piece.events))
  const events = logged.flatMap(({ event, aside }) => (aside ? [] : [event]))
  const rows = await messagesOfCheckpoint(store.db, run.session_id, run.llm_checkpoint_id)
  const now = clock.now()
  const info = {
    runId: run.run_id,
    sessionId: run.session_id,
    umo: run.umo,
    username: run.username,
    apiKeyId: run.api_key_id,
    checkpointId: run.llm_checkpoint_id,
  }
  const answer = rows.find(row => row.sender_id === 'bot')
  const recorder = new Recorder()
  for (const event of events) recorder.add(event)
  const platformId = run.umo.slice(0, run.umo.indexOf(':'))
  const { id: conversationId } = await conversations.current(run.umo, platformId)
  const parts = storedParts(rows[0])
  const passage = await quoted(store.db, run.session_id, parts)
  const thread = await findThread(store.db, run.session_id)

  await store.db.transaction().execute(async transaction => {
    const added: ChatEvent[] = []
    if (rows.length === 0) {
      // A turn that is not shown, such as one of a voice session: nobody will look for its answer.
      added.push(errorEvent(new AstrBotError('interrupted'), run.run_id))
    } else if (!answer) {
      const error = new AstrBotError('interrupted')
      const content = storedContent(recorder, error)
      const id = await insertMessage(transaction, botRow({ info }, rows[0]?.platform_id ?? platformId, content, now))
      added.push({
        type: 'message_saved',
        data: { id, created_at: isoTime(now), llm_checkpoint_id: run.llm_checkpoint_id },
      })
      added.push(errorEvent(error, run.run_id))
      const said = recorder
        .content()
        .message.map(part => (part.type === 'plain' ? part.text : ''))
        .join('')
      const asked = userContent(writtenText(parts), parts, { quoted: passage, excerpt: thread?.selected_text })
      const messages: LlmMessage[] = [{ role: 'user', content: asked }]
      if (said !== '') messages.push({ role: 'assistant', content: said })
      await conversations.remember(conversationId, { checkpointId: run.llm_checkpoint_id, messages }, transaction)
    } else if (!events.some(event => event.type === 'message_saved')) {
      // The answer was stored, the last of its events were not: it is told again as a whole.
      const told = { type: 'complete', data: storedText(answer) ?? '', reasoning: '', streaming: true } as const
      const saved = { id: answer.id, created_at: isoTime(answer.created_at), llm_checkpoint_id: run.llm_checkpoint_id }
      added.push({ ...told, message_id: run.run_id }, { type: 'message_saved', data: saved })
    }
    if (events.at(-1)?.type !== 'end') added.push({ type: 'end', data: '', streaming: false, message_id: run.run_id })
    const first = logged.length + 1 + mostUnstored
    if (added.length > 0) await insertRunEvents(transaction, run.run_id, first, JSON.stringify(added))
    await finishRun(transaction, run.run_id, answer ? 'completed' : 'interrupted', now)
  })
}
