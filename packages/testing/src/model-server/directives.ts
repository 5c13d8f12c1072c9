/** One `[[…]]` of a user message. */
export type Directive =
  | { kind: 'say'; text: string }
  | { kind: 'title'; text: string }
  | { kind: 'slow'; tokens: number; gapMs: number }
  | { kind: 'think'; thought: string; text: string }
  | { kind: 'tool'; calls: { name: string; args: unknown }[]; text: string }
  | { kind: 'fail'; code: string; retryAfter?: string }
  | { kind: 'empty' }
  | { kind: 'cached'; tokens: number }
  | { kind: 'stall' | 'die' | 'rubbish'; after: number }

const opening = /\[\[(say|title|slow|think|tool|fail|empty|cached|stall|die|rubbish)\b\s*/g

/** The directives of a message in their order. What is malformed is no directive. */
export function parseDirectives(message: string): Directive[] {
  const found: Directive[] = []
  for (const match of message.matchAll(opening)) {
    const rest = message.slice(match.index + match[0].length)
    const directive = match[1] === 'tool' ? parseTool(rest) : parseSimple(match[1] ?? '', untilEnd(rest))
    if (directive) found.push(directive)
  }
  return found
}

function parseSimple(kind: string, body: string | undefined): Directive | undefined {
  if (body === undefined) return undefined
  const words = body.split(/\s+/)
  switch (kind) {
    case 'say':
    case 'title':
      return { kind, text: body }
    case 'slow':
      return { kind, tokens: number(words[0], 20), gapMs: number(words[1], 50) }
    case 'think': {
      const [thought = '', text = ''] = body.split(/\s+then\s+/, 2)
      return { kind, thought, text }
    }
    case 'fail': {
      const retryAfter = /retry-after\s+(\S+)/.exec(body)?.[1]
      return { kind, code: words[0] || '500', ...(retryAfter !== undefined && { retryAfter }) }
    }
    case 'cached':
      return { kind, tokens: number(words[0], 0) }
    case 'stall':
    case 'die':
    case 'rubbish':
      return { kind, after: number(words[0], 1) }
    default:
      return { kind: 'empty' }
  }
}

/** `NAME JSON [and NAME JSON]… [then TEXT]]]` */
function parseTool(rest: string): Directive | undefined {
  const calls: { name: string; args: unknown }[] = []
  let left = rest
  for (;;) {
    const name = /^(\S+)\s+/.exec(left)
    const json = name && leadingJson(left.slice(name[0].length))
    if (!name?.[1] || !json) return undefined
    calls.push({ name: name[1], args: json.value })
    left = left.slice(name[0].length + json.length)
    const more = /^\s+and\s+/.exec(left)
    if (!more) break
    left = left.slice(more[0].length)
  }
  const end = untilEnd(left)?.trim()
  if (end === undefined) return undefined
  return { kind: 'tool', calls, text: end.replace(/^then\s+/, '') || 'done' }
}

/** The JSON object at the start of a text; it may hold `]]` and braces in strings. */
function leadingJson(text: string): { value: unknown; length: number } | undefined {
  for (let end = text.indexOf('}'); end !== -1; end = text.indexOf('}', end + 1)) {
    try {
      return { value: JSON.parse(text.slice(0, end + 1)), length: end + 1 }
    } catch {
      // Not the last brace yet.
    }
  }
  return undefined
}

function untilEnd(text: string): string | undefined {
  const end = text.indexOf(']]')
  return end === -1 ? undefined : text.slice(0, end)
}

function number(text: string | undefined, fallback: number): number {
  const value = Number(text)
  return text && Number.isFinite(value) ? value : fallback
}
