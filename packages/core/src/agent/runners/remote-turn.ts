import type { ChatEvent } from '../../chat/types.ts'
import type { Clock } from '../../clock.ts'
import { stopRequest } from '../../conversations/index.ts'
import { AstrBotError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { LlmMessage } from '../../providers/index.ts'
import { TurnStats } from '../stats.ts'
import type { TurnOutcome } from '../turn.ts'
import type { AgentRunner, RunnerRequest } from './runner.ts'

/** One turn that a remote agent answers. */
export interface RemoteTurn {
  runner: AgentRunner
  request: RunnerRequest
  userMessage: LlmMessage
  /** Keeps the name of the remote conversation. */
  keepConversation(id: string): Promise<void>
  streaming: boolean
  runId: string
  clock: Clock
  log: Logger
  publish(event: ChatEvent): void
}

/** Has a remote agent answer, and publishes what it says as the local one would. Never throws: a failure is an outcome. */
export async function runRemoteTurn(turn: RemoteTurn): Promise<TurnOutcome> {
  const { runner, request, userMessage, streaming, runId, clock, publish } = turn
  const { signal } = request
  const stats = new TurnStats(clock)
  let text = ''
  let reasoning = ''
  const say = (data: string, chainType: string | null) =>
    publish({ type: 'plain', data, streaming, chain_type: chainType, message_id: runId })
  const complete = () => publish({ type: 'complete', data: text, reasoning, streaming: true, message_id: runId })
  const tell = () => publish({ type: 'agent_stats', data: stats.view() })
  const outcome = (status: TurnOutcome['status'], ...said: LlmMessage[]): TurnOutcome => {
    const { usage, startedAt, timeToFirstToken } = stats
    const spent = { providerId: runner.title, model: '', usage, startedAt, endedAt: clock.now(), timeToFirstToken }
    return { status, messages: [userMessage, ...said], spent }
  }
  const heard = (): LlmMessage[] =>
    text === '' ? [] : [{ role: 'assistant', content: text, ...(reasoning !== '' && { reasoning_content: reasoning }) }]

  try {
    for await (const event of runner.run(request)) {
      signal.throwIfAborted()
      if (event.type === 'conversation') await turn.keepConversation(event.id)
      else if (event.type === 'usage') stats.add(event.usage)
      else {
        if (streaming) stats.heard()
        if (event.type === 'reasoning') reasoning += event.text
        // What was streamed cannot be called back; the new text stands below it.
        else if (event.type === 'replace') text = streaming && text !== '' ? `${text}\n\n${event.text}` : event.text
        else text += event.text
        if (!streaming) continue
        if (event.type === 'replace') say(text === event.text ? event.text : `\n\n${event.text}`, null)
        else say(event.text, event.type === 'reasoning' ? 'reasoning' : null)
      }
    }
    if (text.trim() === '') throw new AstrBotError('agent_runner_empty_answer', { runner: runner.title })
    tell()
    if (streaming) complete()
    else {
      if (reasoning !== '') say(reasoning, 'reasoning')
      say(text, null)
    }
    return outcome('completed', ...heard())
  } catch (error) {
    if (signal.aborted) {
      if (streaming && text + reasoning !== '') complete()
      const said = streaming ? heard() : []
      const stopped: LlmMessage[] = [
        { role: 'user', content: stopRequest },
        { role: 'assistant', content: 'Output stopped.' },
      ]
      return outcome('stopped', ...said, ...stopped)
    }
    tell()
    const known = error instanceof AstrBotError ? error : new AstrBotError('run_failed', {}, {}, { cause: error })
    if (known !== error) turn.log.error({ err: error, runId }, 'a remote agent failed in an unexpected way')
    return { ...outcome('failed', ...heard()), error: known }
  }
}
