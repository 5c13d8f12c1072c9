import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript'
import ts from 'typescript'
import { type Document, operationsOf } from './document.ts'

const blob = ts.factory.createTypeReferenceNode('Blob')
const nothing = ts.factory.createLiteralTypeNode(ts.factory.createNull())

/**
 * The document as TypeScript types. Fields with a default stay optional, for both sides: a default is applied by whoever
 * carries the request out. Query parameters with a default are always there for the server, which fills them in.
 */
export async function emitTypes(document: Document, side: 'client' | 'server'): Promise<string> {
  const copy = structuredClone(document)
  // Where a discriminator has no mapping, openapi-typescript would put schema names in place of the `const` values.
  for (const schema of Object.values(copy.components.schemas)) delete schema.discriminator
  if (side === 'server') {
    for (const { operation } of operationsOf(copy)) {
      for (const parameter of operation.parameters ?? [])
        if (parameter.schema.default !== undefined) parameter.required = true
    }
  }
  const ast = await openapiTS(copy as unknown as OpenAPI3, {
    defaultNonNullable: false,
    rootTypes: false,
    silent: true,
    transform(schema) {
      if (!('format' in schema) || schema.format !== 'binary') return undefined
      return [schema.type].flat().includes('null' as never) ? ts.factory.createUnionTypeNode([blob, nothing]) : blob
    },
  })
  return astToString(ast)
}
