import type { ServerResponse } from 'node:http'
import type { Ask, ToolCall, Usage } from './ask.ts'
import type { Script } from './script.ts'
import type { FrameWriter, Wire } from './wire.ts'

/** Why a response was destroyed when the script told so. */
export const torn = new Error('torn by the script')

/** Answers one call by its script. The response is over, or silent for ever, when this is done. */
export function play(script: Script, ask: Ask, wire: Wire, response: ServerResponse): void {
  const toolCalls = script.toolCalls.map((call, index): ToolCall => ({ id: `call_${ask.round}_${index}`, ...call }))
  const tokens = script.reasoning.length + script.text.length
  const usage: Usage = { input: ask.promptTokens, cached: script.cachedTokens, output: Math.max(1, tokens) }
  if (ask.streaming) stream(script, toolCalls, usage, wire.frames(ask), response)
  else whole(script, toolCalls, usage, ask, wire, response)
}

function whole(
  script: Script,
  toolCalls: ToolCall[],
  usage: Usage,
  ask: Ask,
  wire: Wire,
  response: ServerResponse,
): void {
  const { breakdown, gapMs } = script
  const tokens = script.reasoning.length + script.text.length
  if (breakdown?.how === 'stall') return
  const answer = {
    reasoning: script.reasoning.join(''),
    text: script.text.join(''),
    toolCalls,
    finish: finishOf(toolCalls),
    usage,
  }
  after((breakdown?.after ?? tokens) * gapMs, response, () => {
    if (breakdown?.how === 'die') {
      response.destroy(torn)
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(breakdown ? '{"this is": no JSON' : JSON.stringify(wire.whole(ask, answer)))
  })
}

function stream(
  script: Script,
  toolCalls: ToolCall[],
  usage: Usage,
  frames: FrameWriter,
  response: ServerResponse,
): void {
  const { breakdown, gapMs, reasoning, text } = script
  const tokens = reasoning.length + text.length
  const last = breakdown ? Math.min(breakdown.after, tokens) : tokens
  const began = performance.now()
  let sent = 0
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })

  const step = () => {
    // Every token whose time has come: a late timer must not stretch the whole answer.
    const due = gapMs === 0 ? last : Math.min(last, Math.floor((performance.now() - began) / gapMs + 0.001) + 1)
    let out = sent === 0 ? frames.open(usage) : ''
    for (; sent < due; sent++) out += frame(sent)
    if (sent < last) {
      response.write(out)
      after(began + sent * gapMs - performance.now(), response, step)
    } else finish(out)
  }
  const frame = (index: number) => {
    const thought = reasoning[index]
    return thought === undefined ? frames.text(text[index - reasoning.length] ?? '') : frames.reasoning(thought)
  }
  const finish = (out: string) => {
    switch (breakdown?.how) {
      case 'stall':
        response.write(out)
        break
      case 'die':
        response.write(out)
        // Let the tokens reach the reader before the reset does.
        after(5, response, () => response.destroy(torn))
        break
      case 'rubbish':
        response.end(`${out}data: {"this is": no JSON\n\n`)
        break
      default:
        response.end(
          out + (toolCalls.length > 0 ? frames.toolCalls(toolCalls) : '') + frames.close(finishOf(toolCalls), usage),
        )
    }
  }
  step()
}

function finishOf(toolCalls: ToolCall[]): 'stop' | 'tool_calls' {
  return toolCalls.length > 0 ? 'tool_calls' : 'stop'
}

/** Waits, unless the caller goes away first. */
function after(ms: number, response: ServerResponse, action: () => void): void {
  const act = () => {
    if (!response.destroyed) action()
  }
  if (ms > 0) setTimeout(act, ms)
  else act()
}
