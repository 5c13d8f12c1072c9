import { contract, type Schema } from './contract.ts'
import { withValue } from './fields.ts'

type DocumentSchema = Schema & {
  deprecated?: boolean
  minimum?: number
  maximum?: number
  properties?: Record<string, DocumentSchema>
}

/** A key of the configuration document, or an element of a list in it. */
export interface Place {
  path: readonly (string | number)[]
  /** As the server names it, below the document. */
  name: string
  schema: DocumentSchema
  /** A document in which only this place needs a value. */
  document(value: unknown): unknown
}

const runners = ['local', 'dify', 'coze', 'dashscope', 'deerflow']

/** Every key that the contract describes, those of all runners included; keys of old versions are not. */
export function configPlaces(): Place[] {
  const { properties = {} } = named('ConfigDocument')
  const base = { agent_runner: { runner_type: 'local' } }
  const plain = Object.entries(properties).filter(([key]) => !['agent_runner', 'config_version'].includes(key))
  return [
    ...plain.flatMap(([key, schema]) => placesOf(schema, [key], base)),
    ...runners.flatMap(runner => {
      const variant = named('AgentRunnerSettings')
        .oneOf?.map(resolve)
        .find(one => one.properties?.['runner_type']?.const === runner)
      return placesOf(variant?.properties?.['config'] ?? {}, ['agent_runner', 'config'], {
        agent_runner: { runner_type: runner },
      })
    }),
  ]
}

/** Values that a place refuses, with the types it takes and the bounds it states in mind. */
export function wrongValues({ path, schema }: Place): unknown[] {
  const types = new Set([schema.type].flat())
  const takes = (type: string) => types.has(type)
  const values: unknown[] = []
  if (!takes('string')) values.push('x', '', 'true', '0x10', 'NaN')
  const isNumber = takes('integer') || takes('number')
  // Ids in lists may be numbers.
  if (!isNumber && !(takes('string') && typeof path.at(-1) === 'number')) values.push(7, -1.5)
  if (takes('integer') && !takes('number')) values.push(2 ** 60, ...(takes('string') ? [] : ['1.5', '1e3']))
  // A switch does for the numbers 0 and 1.
  if (!takes('boolean') && !isNumber) values.push(true)
  if (!takes('array')) values.push([], ['x'])
  if (!takes('object')) values.push({}, { a: 1 })
  // Null means absent, but for elements of lists and for rights on the machine.
  const spelledOut = path.includes('computer_use_local_permissions') || typeof path.at(-1) === 'number'
  if (!takes('null') && spelledOut) values.push(null)
  if (schema.enum) values.push('no-such-option')
  if (schema.minimum !== undefined) values.push(schema.minimum - 1, `${schema.minimum - 1}`)
  if (schema.maximum !== undefined) values.push(schema.maximum + 1)
  return values
}

function placesOf(given: Schema, path: (string | number)[], base: unknown): Place[] {
  const schema = resolve(given)
  if (schema.type === undefined) throw new Error(`${path.join('.')} has no type`)
  const place: Place = {
    path,
    name: path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text + (text && '.') + key),
      '',
    ),
    schema,
    document: value => withValue(base, path, value),
  }
  const below = Object.entries(schema.properties ?? {}).filter(([, child]) => !child.deprecated)
  return [
    place,
    ...below.flatMap(([key, child]) => placesOf(child, [...path, key], base)),
    ...(schema.items && resolve(schema.items).type ? placesOf(schema.items, [...path, 0], base) : []),
  ]
}

function resolve(schema: Schema): DocumentSchema {
  return schema.$ref === undefined ? schema : named(schema.$ref.split('/').at(-1) ?? '')
}

function named(name: string): DocumentSchema {
  const schema = contract.components.schemas[name]
  if (!schema) throw new Error(`the contract has no ${name}`)
  return schema
}
