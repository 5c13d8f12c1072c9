import { type Document, operationsOf, refName, type Schema } from '../codegen/document.ts'
import { resolve } from './schema-walk.ts'

/**
 * What is said of one value, as words: `required`, its types, `minimum=1`, `maxLength=40`, `default=20`, `enum=a|b`.
 */
export type Facts = string[]

type Fields = Record<string, Facts>

/** The essentials of an operation: what a caller relies on, without any text. */
export interface OperationSummary {
  method: string
  path: string
  tag: string
  /** What a key needs, or `public` when nobody has to show anything. */
  scope: string
  /** By `<in> <name>`. */
  parameters: Record<string, Facts>
  /** By media type; fields by their place (`message[].text`), `""` being the body itself. */
  body: Record<string, Fields>
}

export type ContractSummary = Record<string, OperationSummary>

/** Reduces a contract to what a comparison needs. */
export function summarise(document: Document): ContractSummary {
  const all = operationsOf(document).map(({ path, method, operation }): [string, OperationSummary] => {
    const parameters = (operation.parameters ?? []).map(given => {
      const ref = (given as { $ref?: string }).$ref
      const parameter = (ref === undefined ? given : document.components.parameters[refName(ref)]) ?? given
      return [
        `${parameter.in} ${parameter.name}`,
        facts(parameter.schema, parameter.required === true, document),
      ] as const
    })
    const body = Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema = {} }]) => {
      const body = facts(schema, operation.requestBody?.required === true, document)
      return [type, { '': body, ...fieldsOf(schema, document, []) }] as const
    })
    return [
      operation.operationId,
      {
        method: method.toUpperCase(),
        path,
        tag: operation.tags[0] ?? '',
        scope: operation.security?.length === 0 ? 'public' : (operation['x-astrbot-scope'] ?? 'none'),
        parameters: Object.fromEntries(parameters),
        body: Object.fromEntries(body),
      },
    ]
  })
  return Object.fromEntries(all)
}

/** The fields of a schema and of what is inside of it, by place. `above`: the references followed so far. */
function fieldsOf(schema: Schema, document: Document, above: string[]): Fields {
  if (schema.$ref !== undefined) {
    return above.includes(schema.$ref) ? {} : fieldsOf(resolve(schema, document), document, [...above, schema.$ref])
  }
  const own: Fields = {}
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    own[name] = facts(field, schema.required?.includes(name) === true, document)
    for (const [below, said] of Object.entries(fieldsOf(field, document, above))) {
      own[below.startsWith('[') ? `${name}${below}` : `${name}.${below}`] = said
    }
  }
  for (const [below, said] of Object.entries(schema.items ? fieldsOf(schema.items, document, above) : {}))
    own[`[].${below}`] = said
  const together = (schema.allOf ?? []).map(part => fieldsOf(part, document, above))
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map(part => fieldsOf(part, document, above))
  return Object.assign(own, ...together, either(alternatives))
}

/** The fields of alternatives: required where all that have fields agree on it, with the words of all of them. */
function either(alternatives: Fields[]): Fields {
  const solid = alternatives.filter(fields => Object.keys(fields).length > 0)
  const names = new Set(solid.flatMap(fields => Object.keys(fields)))
  return Object.fromEntries([...names].map(name => [name, common(solid.map(fields => fields[name]))]))
}

function common(list: (Facts | undefined)[]): Facts {
  const known = list.filter(facts => facts !== undefined)
  const all = [...new Set(known.flat())]
  const words = known.map(facts =>
    facts
      .find(fact => fact.startsWith('enum='))
      ?.slice(5)
      .split('|'),
  )
  const values = words.every(word => word !== undefined) ? [`enum=${[...new Set(words.flat())].join('|')}`] : []
  return [
    ...all.filter(fact =>
      fact.includes('=') || fact === 'required'
        ? !fact.startsWith('enum=') && list.every(f => f?.includes(fact))
        : true,
    ),
    ...values,
  ]
}

const limits = [
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
  'format',
  'default',
] as const

function facts(schema: Schema, required: boolean, document: Document): Facts {
  const { types, solid } = typesOf(schema, document, [])
  const said = limits.flatMap(limit => (solid[limit] === undefined ? [] : [`${limit}=${JSON.stringify(solid[limit])}`]))
  const words = solid.enum ?? (solid.const === undefined ? [] : [solid.const])
  const values = words.length > 0 ? [`enum=${words.map(word => JSON.stringify(word)).join('|')}`] : []
  return [...(required ? ['required'] : []), ...[...types].sort(), ...said, ...values]
}

function typesOf(schema: Schema, document: Document, above: Schema[]): { types: Set<string>; solid: Schema } {
  const solid = { ...resolve(schema, document), ...(schema.default !== undefined && { default: schema.default }) }
  const parts = [solid.allOf, solid.anyOf, solid.oneOf].flatMap(list => list ?? [])
  const types = new Set([solid.type ?? (solid.properties ? 'object' : [])].flat())
  for (const part of parts) {
    if (above.includes(part)) continue
    for (const type of typesOf(part, document, [...above, part]).types) types.add(type)
  }
  if (solid.const !== undefined) types.add(typeof solid.const)
  if ((solid as { nullable?: boolean }).nullable) types.add('null')
  if (types.size === 0) types.add('any')
  return { types, solid }
}
