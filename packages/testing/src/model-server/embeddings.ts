import { countTokens } from './ask.ts'

/** Answers an embeddings call. Texts with words in common lie near each other, so searches over the vectors make sense. */
export function embeddings(body: Record<string, unknown>): object {
  const inputs = (Array.isArray(body.input) ? body.input : [body.input]).map(String)
  const dimensions = typeof body.dimensions === 'number' ? body.dimensions : 64
  return {
    object: 'list',
    model: body.model,
    data: inputs.map((text, index) => {
      const vector = embed(text, dimensions)
      const bytes = Buffer.from(Float32Array.from(vector).buffer)
      return {
        object: 'embedding',
        index,
        embedding: body.encoding_format === 'base64' ? bytes.toString('base64') : vector,
      }
    }),
    usage: { prompt_tokens: countTokens(inputs.join('')), total_tokens: countTokens(inputs.join('')) },
  }
}

/** Words (Chinese: characters) hashed into the dimensions, as a vector of length 1. */
function embed(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0)
  for (const word of text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? ['']) {
    const slot = hash(word) % dimensions
    vector[slot] = (vector[slot] ?? 0) + 1
  }
  const length = Math.hypot(...vector)
  return vector.map(value => value / length)
}

/** FNV-1a. */
function hash(word: string): number {
  let value = 0x811c9dc5
  for (const character of word) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return value
}
