import { countField, field, listField, textField } from '../untrusted.ts'
import type { ModelMetadata } from './metadata.ts'

/**
 * Reads a list of models as models.dev publishes it: vendors by id, each with its models by id. Where several vendors
 * offer a model, the last one counts.
 * @throws Error when no model is in it
 */
export function readModelList(text: string): Map<string, ModelMetadata> {
  const vendors: unknown = JSON.parse(text)
  const found = new Map<string, ModelMetadata>()
  for (const vendor of valuesOf(vendors)) {
    for (const [id, model] of entriesOf(field(vendor, 'models'))) found.set(id, toMetadata(id, model))
  }
  if (found.size === 0) throw new Error('the list holds no models')
  return found
}

function toMetadata(id: string, model: unknown): ModelMetadata {
  const limit = field(model, 'limit')
  const cost = field(model, 'cost')
  const modalities = field(model, 'modalities')
  const priced = typeof field(cost, 'input') === 'number' && typeof field(cost, 'output') === 'number'
  const cached = field(cost, 'cache_read')
  return {
    id,
    reasoning: field(model, 'reasoning') === true,
    tool_call: field(model, 'tool_call') === true,
    knowledge: textField(model, 'knowledge') || 'none',
    release_date: textField(model, 'release_date'),
    modalities: { input: words(modalities, 'input'), output: words(modalities, 'output') },
    open_weights: field(model, 'open_weights') === true,
    limit: { context: whole(limit, 'context'), output: whole(limit, 'output') },
    ...(priced && {
      cost: {
        input: price(cost, 'input'),
        output: price(cost, 'output'),
        ...(typeof cached === 'number' && { cache_read: price(cost, 'cache_read') }),
      },
    }),
  }
}

const price = (value: unknown, name: string) => Math.max(0, countField(value, name))

const whole = (value: unknown, name: string) => Math.max(0, Math.trunc(countField(value, name)))

function words(value: unknown, name: string): string[] {
  return listField(value, name).filter(word => typeof word === 'string')
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function valuesOf(value: unknown): unknown[] {
  return entriesOf(value).map(([, inner]) => inner)
}
