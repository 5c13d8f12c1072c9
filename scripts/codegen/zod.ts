import { type Json, refName, type Schema } from './document.ts'

/** Where a value comes from: JSON keeps its types, forms and query strings carry text. */
export type Source = 'json' | 'text'

/** What the writer reads, and what says nothing about values. Any other word would be ignored silently: it is an error. */
const words = new Set<string>([
  ...[
    '$ref',
    'type',
    'enum',
    'const',
    'format',
    'pattern',
    'minLength',
    'maxLength',
    'minimum',
    'maximum',
    'exclusiveMinimum',
  ],
  ...[
    'exclusiveMaximum',
    'multipleOf',
    'minItems',
    'maxItems',
    'minProperties',
    'maxProperties',
    'properties',
    'required',
  ],
  ...['additionalProperties', 'items', 'oneOf', 'anyOf', 'allOf', 'discriminator'],
  ...[
    'title',
    'description',
    'default',
    'examples',
    'deprecated',
    'readOnly',
    'writeOnly',
    'contentEncoding',
    'contentMediaType',
  ],
])

/** Writes JSON Schema (the subset our contract uses) as Zod 4 source text. */
export class ZodWriter {
  readonly #schemas: Record<string, Schema>

  constructor(schemas: Record<string, Schema>) {
    this.#schemas = schemas
  }

  /** The Zod expression for a schema. Components are referred to by a call, so each is built on first use. */
  write(schema: Schema, source: Source = 'json'): string {
    const strange = Object.keys(schema).filter(word => !words.has(word) && !word.startsWith('x-'))
    if (strange.length > 0)
      throw new Error(`${strange.join(', ')} has no meaning here: ${JSON.stringify(schema).slice(0, 200)}`)
    if (schema.$ref !== undefined) {
      const name = refName(schema.$ref)
      const target = this.#schemas[name]
      if (source === 'text' && target) return this.write(target, 'text')
      return `z.lazy(${name})`
    }
    if (schema.const !== undefined) return `z.literal(${JSON.stringify(schema.const)})`
    if (schema.enum) return literals(schema.enum)
    if (schema.properties && (schema.oneOf || schema.anyOf)) {
      if (schema.oneOf && schema.anyOf) throw new Error(`oneOf beside anyOf: ${JSON.stringify(schema).slice(0, 200)}`)
      const { oneOf, anyOf, discriminator, ...object } = schema
      const either: Schema = oneOf ? { oneOf, ...(discriminator && { discriminator }) } : { anyOf: anyOf ?? [] }
      return `z.intersection(${this.write(either, source)}, ${this.write(object, source)})`
    }
    if (schema.oneOf) return this.#either(schema.oneOf, schema.discriminator ? 'union' : 'xor', source)
    if (schema.anyOf) return this.#either(schema.anyOf, 'union', source)
    if (schema.allOf) throw new Error(`allOf that is not of objects: ${JSON.stringify(schema).slice(0, 200)}`)
    const types = schema.type === undefined ? [] : [schema.type].flat()
    const nullable = types.includes('null')
    const rest = types.filter(type => type !== 'null')
    if (types.length === 0) return schema.properties ? this.#object(schema, source) : 'z.unknown()'
    if (rest.length === 0) return 'z.null()'
    const written = rest.map(type => this.#typed(type, schema, source))
    const expression = written.length === 1 ? `${written[0]}` : `z.union([${written.join(', ')}])`
    return nullable ? `${expression}.nullable()` : expression
  }

  #either(options: Schema[], kind: 'union' | 'xor', source: Source): string {
    // In a form a list takes a single value too, so it must not be tried before the options for single values.
    const later = (option: Schema) => (source === 'text' && option.type === 'array' ? 1 : 0)
    const solid = options.filter(option => option.type !== 'null').sort((a, b) => later(a) - later(b))
    const written = solid.map(option => this.write(option, source))
    const expression = written.length === 1 ? `${written[0]}` : `z.${kind}([${written.join(', ')}])`
    return solid.length < options.length ? `${expression}.nullable()` : expression
  }

  #typed(type: string, schema: Schema, source: Source): string {
    switch (type) {
      case 'string':
        return string(schema)
      case 'integer':
        return source === 'text' ? `textNumber.pipe(${number('z.int()', schema)})` : number('z.int()', schema)
      case 'number':
        return source === 'text' ? `textNumber.pipe(${number('z.number()', schema)})` : number('z.number()', schema)
      case 'boolean':
        return source === 'text' ? 'textBoolean' : 'z.boolean()'
      case 'array':
        return this.#array(schema, source)
      case 'object':
        return this.#object(schema, source)
      default:
        throw new Error(`unknown type ${type}`)
    }
  }

  #array(schema: Schema, source: Source): string {
    let out = `z.array(${schema.items ? this.write(schema.items, source) : 'z.unknown()'})`
    if (schema.minItems !== undefined) out += `.min(${schema.minItems})`
    if (schema.maxItems !== undefined) out += `.max(${schema.maxItems})`
    return source === 'text' ? `z.preprocess(list, ${out})` : out
  }

  #object(schema: Schema, source: Source): string {
    const extra = schema.additionalProperties
    const size = [
      schema.minProperties === undefined ? '' : `.check(minProperties(${schema.minProperties}))`,
      schema.maxProperties === undefined ? '' : `.check(maxProperties(${schema.maxProperties}))`,
    ].join('')
    if (!schema.properties || Object.keys(schema.properties).length === 0) {
      if (extra === false) return 'z.strictObject({})'
      return `z.record(z.string(), ${typeof extra === 'object' ? this.write(extra, source) : 'z.unknown()'})${size}`
    }
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const written = this.write(field, source)
      return `${JSON.stringify(name)}: ${schema.required?.includes(name) ? written : `${written}.exactOptional()`}`
    })
    const shape = `{ ${fields.join(', ')} }`
    if (extra === false) return `z.strictObject(${shape})${size}`
    if (extra === true || schema['x-astrbot-open'] !== undefined) return `z.looseObject(${shape})${size}`
    if (typeof extra === 'object') return `z.object(${shape}).catchall(${this.write(extra, source)})${size}`
    return `z.object(${shape})${size}`
  }
}

function literals(values: Json[]): string {
  const solid = values.filter(value => value !== null)
  const list = `[${solid.map(value => JSON.stringify(value)).join(', ')}]`
  const expression = solid.every(value => typeof value === 'string') ? `z.enum(${list})` : `z.literal(${list})`
  return solid.length < values.length ? `${expression}.nullable()` : expression
}

function string(schema: Schema): string {
  if (schema.format === 'binary') return 'z.file()'
  let out = 'z.string()'
  if (schema.minLength !== undefined) out += `.min(${schema.minLength})`
  if (schema.maxLength !== undefined) out += `.max(${schema.maxLength})`
  if (schema.pattern !== undefined) out += `.regex(new RegExp(${JSON.stringify(schema.pattern)}, 'u'))`
  if (schema.format === 'date-time') out += '.check(dateTime)'
  return out
}

function number(base: string, schema: Schema): string {
  let out = base
  if (schema.minimum !== undefined) out += `.min(${schema.minimum})`
  if (schema.maximum !== undefined) out += `.max(${schema.maximum})`
  if (schema.exclusiveMinimum !== undefined) out += `.gt(${schema.exclusiveMinimum})`
  if (schema.exclusiveMaximum !== undefined) out += `.lt(${schema.exclusiveMaximum})`
  if (schema.multipleOf !== undefined) out += `.multipleOf(${schema.multipleOf})`
  return out
}
