import { toolPictureMark } from '../conversations/index.ts'
import type { LlmMessage } from '../providers/model.ts'
import type { ToolOutcome, ToolPart } from '../tools/index.ts'
import { estimateTokens } from './tokens.ts'

const mostTokens = 27_500
const previewTokens = 7_000

/** Where pictures and long texts that tools make are kept. */
export interface Keep {
  /** @returns how conversations name the picture, and how people find it */
  picture(picture: { data: Uint8Array; mimeType: string; name: string }): Promise<{ url: string; path: string }>
  /** @returns where the text can be read; undefined when the model has no way to read it */
  text(text: string, name: string): Promise<string | undefined>
}

/** A result as the model is told it. */
export interface ToldResult {
  text: string
  /** Shows the pictures; for models that see. */
  pictures: LlmMessage[]
  /** Whether the person has been answered already. */
  ends: boolean
}

/** Puts what a tool gave back into words and pictures for the model. */
export async function told(name: string, callId: string, outcome: ToolOutcome, keep: Keep): Promise<ToldResult> {
  if ('problem' in outcome) return { text: `error: ${outcome.problem}`, pictures: [], ends: false }
  const { output } = outcome
  if (output === undefined) {
    const text = 'The tool has no return value, or has sent the result directly to the user.'
    return { text, pictures: [], ends: true }
  }
  const parts: readonly ToolPart[] = typeof output === 'string' ? [{ type: 'text', text: output }] : output
  const lines: string[] = []
  const pictures: LlmMessage[] = []
  for (const [i, part] of parts.entries()) {
    if (part.type === 'text') {
      if (part.text !== '') lines.push(await shortened(part.text, `${callId}_${i}`, keep))
      continue
    }
    const { url, path } = await keep.picture({ ...part, name: `${callId}_${i}` })
    lines.push(`The tool has made a picture: ${path}`)
    const mark = `${toolPictureMark}'${name}', path='${path}']`
    const content = [
      { type: 'text' as const, text: mark },
      { type: 'image_url' as const, image_url: { url } },
    ]
    pictures.push({ role: 'user', content })
  }
  return { text: lines.join('\n\n') || 'The tool returned no content.', pictures, ends: false }
}

/** The beginning of a text that would fill the context, and where the rest is. */
async function shortened(text: string, name: string, keep: Keep): Promise<string> {
  const tokens = estimateTokens(text)
  if (tokens <= mostTokens) return text
  const path = await keep.text(text, name)
  const preview = beginning(text, tokens)
  const rest = path === undefined ? 'The rest is left out: ask for less at once.' : `The whole text is in ${path}.`
  return `${preview}\n\n[The result has about ${tokens} tokens; this is its beginning. ${rest}]`
}

function beginning(text: string, tokens: number): string {
  let length = Math.floor((text.length * previewTokens) / tokens)
  while (length > 0 && estimateTokens(text.slice(0, length)) > previewTokens) length = Math.floor(length * 0.9)
  // Half of a character in two units is none.
  return /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? text.slice(0, length - 1) : text.slice(0, length)
}
