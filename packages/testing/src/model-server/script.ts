import type { Ask } from './ask.ts'
import { type Directive, parseDirectives } from './directives.ts'

/** What the server does with one call. */
export interface Script {
  failure?: { code: string; retryAfter?: string }
  reasoning: string[]
  text: string[]
  toolCalls: { name: string; args: unknown }[]
  /** Milliseconds between two tokens. */
  gapMs: number
  cachedTokens: number
  /** Leaves the road after that many tokens: silence, a destroyed socket, or bytes that are no JSON. */
  breakdown?: { how: 'stall' | 'die' | 'rubbish'; after: number }
}

/** Decides by the name of the model, then by the directives of the last user message. Other models echo. */
export function scriptFor(ask: Ask, callsOfModel: number): Script {
  const script: Script = {
    reasoning: [],
    text: words(`You said: ${ask.userText || 'nothing'}`),
    toolCalls: [],
    gapMs: 0,
    cachedTokens: 0,
  }

  const counted = /^t(\d+)d(\d+)$/.exec(ask.model)
  if (counted) {
    script.text = numbered('tok', Number(counted[1]))
    script.gapMs = Number(counted[2])
  }
  const failing = /^err(\d+|ctx)(?:x(\d+))?$/.exec(ask.model)
  if (failing?.[1] && callsOfModel < Number(failing[2] ?? Number.POSITIVE_INFINITY))
    script.failure = { code: failing[1] }

  const directives = parseDirectives(ask.userText)
  for (const directive of directives) if (directive.kind !== 'tool') apply(directive, script)
  playTools(directives, ask.round, script)
  return script
}

/** Whether the server asks, beside a turn, what the chat is to be called. */
export function titleWanted({ userText }: Ask): boolean {
  return userText.startsWith('<message>\n') && userText.endsWith('\n</message>')
}

/** Names a chat as `[[title TEXT]]` of its message says; chats without it get no title. Other directives are the turn's. */
export function titleScript({ userText }: Ask): Script {
  const title = parseDirectives(userText).find(directive => directive.kind === 'title')?.text ?? '<None>'
  return { reasoning: [], text: words(title), toolCalls: [], gapMs: 0, cachedTokens: 0 }
}

function apply(directive: Exclude<Directive, { kind: 'tool' }>, script: Script): void {
  switch (directive.kind) {
    case 'say':
      script.text = words(directive.text)
      break
    case 'slow':
      script.text = numbered('w', directive.tokens)
      script.gapMs = directive.gapMs
      break
    case 'think':
      script.reasoning = words(directive.thought)
      script.text = words(directive.text)
      break
    case 'fail':
      script.failure = {
        code: directive.code,
        ...(directive.retryAfter !== undefined && { retryAfter: directive.retryAfter }),
      }
      break
    case 'empty':
      script.text = []
      break
    case 'cached':
      script.cachedTokens = directive.tokens
      break
    case 'title':
      break
    default:
      script.text = numbered('w', directive.after + 20)
      script.breakdown = { how: directive.kind, after: directive.after }
  }
}

/** One tool directive a round, then the text of the last one. */
function playTools(directives: Directive[], round: number, script: Script): void {
  const tools = directives.filter(directive => directive.kind === 'tool')
  const now = tools[round]
  if (now) {
    script.toolCalls = now.calls
    script.text = []
  } else if (tools.length > 0) {
    script.reasoning = []
    script.text = words(tools.at(-1)?.text ?? '')
  }
}

/** Words with the space before them, as tokens come. */
function words(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

function numbered(word: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index === 0 ? '' : ' '}${word}${index}`)
}
