import type { Schemas } from '@astrbot/contract'
import facts from './model-facts.json' with { type: 'json' }

export type ModelMetadata = Schemas['ModelMetadata']

/**
 * What the package knows of a model: id, context, output, then letters for what it takes and can do (`i` images, `a`
 * audio, `v` video, `t` tools, `r` reasoning, `o` open weights), date of release, end of its knowledge, and the prices of
 * its own vendor in US dollars for a million tokens: input, output, input from the cache.
 */
type Fact = readonly [
  id: string,
  context: number,
  output: number,
  abilities: string,
  released: string,
  knowledge: string,
  prices?: readonly [input: number, output: number, cached?: number],
]

const shipped: ReadonlyMap<string, ModelMetadata> = new Map(
  (facts as unknown as Fact[]).map(fact => [fact[0], toMetadata(fact)]),
)

/** Looks models up by id, those of a list that was fetched later before those of the package. */
export class ModelCatalogue {
  #fetched: ReadonlyMap<string, ModelMetadata> = new Map()

  /** Puts another list in the place of the one fetched before. */
  learn(models: ReadonlyMap<string, ModelMetadata>): void {
    this.#fetched = models
  }

  /** What is known about the models of these ids; unknown ones are left out. */
  metadata(ids: Iterable<string>): Record<string, ModelMetadata> {
    const found: Record<string, ModelMetadata> = {}
    for (const id of ids) {
      const known = this.find(id)
      if (known) Object.defineProperty(found, id, { value: { ...known, id }, enumerable: true })
    }
    return found
  }

  /** Relays put the vendor's name before an id, vendors put a date or `latest` behind it. */
  find(id: string): ModelMetadata | undefined {
    const bare = id.toLowerCase().replace(/^.*\//, '').replace(/:.*$/, '')
    const undated = bare.replace(/-(latest|preview|\d{8}|\d{4}-\d{2}-\d{2}|\d{4}|preview-\d{2}-\d{2,4})$/, '')
    for (const name of [id, bare, undated]) {
      const known = this.#fetched.get(name) ?? shipped.get(name)
      if (known) return known
    }
    return undefined
  }
}

function toMetadata([id, context, output, abilities, released, knowledge, prices]: Fact): ModelMetadata {
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
    ...(prices && { cost: costOf(prices) }),
  }
}

function costOf([input, output, cached]: NonNullable<Fact[6]>): NonNullable<ModelMetadata['cost']> {
  return { input, output, ...(cached !== undefined && { cache_read: cached }) }
}
