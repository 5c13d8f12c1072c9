import type { Schemas } from '@astrbot/contract'
import facts from './model-facts.json' with { type: 'json' }

export type ModelMetadata = Schemas['ModelMetadata']

/**
 * What the package knows of a model: id, context, output, then letters for what it takes and can do (`i` images, `a`
 * audio, `v` video, `t` tools, `r` reasoning, `o` open weights), date of release, end of its knowledge.
 */
type Fact = readonly [
  id: string,
  context: number,
  output: number,
  abilities: string,
  released: string,
  knowledge: string,
]

const byId = new Map((facts as unknown as Fact[]).map(fact => [fact[0], fact]))

/** What is known about the models of these ids; unknown ones are left out. */
export function modelMetadata(ids: Iterable<string>): Record<string, ModelMetadata> {
  const found: Record<string, ModelMetadata> = {}
  for (const id of ids) {
    const fact = factOf(id)
    if (fact) Object.defineProperty(found, id, { value: toMetadata(id, fact), enumerable: true })
  }
  return found
}

/** Relays put the vendor's name before an id, vendors put a date or `latest` behind it. */
function factOf(id: string): Fact | undefined {
  const bare = id.toLowerCase().replace(/^.*\//, '').replace(/:.*$/, '')
  return (
    byId.get(bare) ??
    byId.get(bare.replace(/-(latest|preview|\d{8}|\d{4}-\d{2}-\d{2}|\d{4}|preview-\d{2}-\d{2,4})$/, ''))
  )
}

function toMetadata(id: string, [, context, output, abilities, released, knowledge]: Fact): ModelMetadata {
  const has = (letter: string) => abilities.includes(letter)
  return {
    id,
    reasoning: has('r'),
    tool_call: has('t'),
    knowledge: knowledge || 'none',
    release_date: released,
    modalities: {
      input: ['text', ...(has('i') ? ['image'] : []), ...(has('a') ? ['audio'] : []), ...(has('v') ? ['video'] : [])],
      output: ['text'],
    },
    open_weights: has('o'),
    limit: { context, output },
  }
}
