import type { Clock } from '../clock.ts'
import type { LlmToolCall } from '../providers/model.ts'
import type { Tool, Toolbox, ToolOutcome } from '../tools/index.ts'

/** What the calls of one answer need. */
export interface ToolRound {
  toolbox: Toolbox
  runId: string
  signal: AbortSignal
  clock: Clock
  /** Milliseconds a call may take unless its tool says otherwise. */
  timeoutMs: number
  say(text: string): void
  /** A call begins, at an epoch time in milliseconds. */
  began(call: LlmToolCall, at: number): void
  /** A call is over. Told in the order of the calls, whichever ended first. */
  ended(call: LlmToolCall, outcome: ToolOutcome, at: number): Promise<void>
}

/**
 * Carries out the calls of one answer. Those of tools that need no order run at once; the others wait for everything
 * before them. Rejects with the signal's reason when the turn is stopped; whatever else goes wrong is an outcome.
 */
export async function runCalls(calls: readonly LlmToolCall[], round: ToolRound): Promise<void> {
  for (const group of groups(calls, round.toolbox.tools)) {
    for (const call of group) round.began(call, round.clock.now())
    const running = group.map(async call => {
      const outcome = await runCall(call, round)
      return { outcome, at: round.clock.now() }
    })
    // A failure is met where its turn comes; until then it must not count as unheard.
    for (const result of running) result.catch(() => {})
    for (const [i, call] of group.entries()) {
      const result = await running[i]
      if (result) await round.ended(call, result.outcome, result.at)
    }
  }
}

/** Calls that may run at once, group after group. */
function groups(calls: readonly LlmToolCall[], tools: readonly Tool[]): LlmToolCall[][] {
  const found: LlmToolCall[][] = []
  let open = false
  for (const call of calls) {
    const alone = tools.find(({ name }) => name === call.function.name)?.inOrder === true
    const group = found.at(-1)
    if (group && open && !alone) group.push(call)
    else found.push([call])
    open = !alone
  }
  return found
}

async function runCall({ function: { name, arguments: args } }: LlmToolCall, round: ToolRound): Promise<ToolOutcome> {
  const { toolbox, runId, signal, say } = round
  const timeoutMs = toolbox.tools.find(tool => tool.name === name)?.timeoutMs ?? round.timeoutMs
  const patience = new AbortController()
  const stop = () => patience.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const timer = setTimeout(() => patience.abort(timedOut), timeoutMs)
  const given = Promise.withResolvers<never>()
  // A tool that does not listen to its signal is left behind.
  patience.signal.addEventListener('abort', () => given.reject(patience.signal.reason), { once: true })
  try {
    signal.throwIfAborted()
    return await Promise.race([toolbox.call(name, args, { runId, signal: patience.signal, say }), given.promise])
  } catch (error) {
    signal.throwIfAborted()
    if (patience.signal.aborted) return { output: `tool ${name} execution timeout after ${timeoutMs / 1000} seconds.` }
    return { problem: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

const timedOut = new DOMException('The tool took too long', 'TimeoutError')
