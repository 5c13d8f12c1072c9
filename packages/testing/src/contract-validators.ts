import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** An OpenAPI 3.1 document as parsed JSON. */
export type OpenApiDocument = Record<string, unknown>

/** Answers what is wrong with a value, a line for each place; empty when the schema takes it. */
export type Validate = (value: unknown) => string[]

/** The schemas of a document as validators. A validator is compiled when it is first asked for. */
export interface ContractValidators {
  /** The validator of the schema at a JSON pointer given by its parts: `at('components', 'schemas', 'Bot')`. */
  at(...pointer: string[]): Validate
}

export interface ValidatorOptions {
  /** What a text has to be where a schema says `format: binary`; anything as a rule. */
  binary?: (text: string) => boolean
  /** Stops at the first thing that is wrong, which for long lists is much faster. */
  firstOnly?: boolean
}

/** Compiles the schemas of an OpenAPI document with Ajv, which shares no code with what the server checks by. */
export function createValidators(document: OpenApiDocument, options: ValidatorOptions = {}): ContractValidators {
  const ajv = new Ajv2020({ strict: false, logger: false, allErrors: !options.firstOnly })
  addFormats.default(ajv, ['date-time'])
  if (options.binary) ajv.addFormat('binary', options.binary)
  ajv.addSchema(document, 'contract')
  return {
    at(...pointer) {
      const path = pointer
        .map(part => part.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('%', '%25'))
        .join('/')
      let compiled: ValidateFunction | undefined
      return value => {
        compiled ??= ajv.getSchema(`contract#/${path}`)
        if (!compiled) throw new Error(`the contract has no schema at ${path}`)
        if (compiled(value)) return []
        return (compiled.errors ?? []).slice(0, 10).map(error => `${error.instancePath || '/'} ${error.message}`)
      }
    },
  }
}
