import type { Document, Schema } from '../codegen/document.ts'
import { allSchemas } from './schema-walk.ts'

/** A place of the contract that takes values of any kind, and why. */
export interface OpenObject {
  place: string
  reason: string | undefined
}

/** Every place that says less than it could: any value, any object, any list, or an object with unnamed extra fields. */
export function openObjects(document: Document): OpenObject[] {
  const found: OpenObject[] = []
  for (const { place, schema } of allSchemas(document)) {
    const reason = schema['x-astrbot-open']
    // `Ok.data` is the gap every operation fills in; the report counts operations that do not.
    if (reason === undefined && (place === 'Ok.data' || !isOpen(schema))) continue
    found.push({ place, reason })
  }
  return found
}

function isOpen(schema: Schema): boolean {
  if (schema.$ref !== undefined || schema.const !== undefined || schema.enum) return false
  if (schema.allOf || schema.anyOf || schema.oneOf) return false
  const types = [schema.type ?? []].flat()
  if (types.length === 0) return !schema.properties
  if (types.includes('array') && !schema.items) return true
  if (!types.includes('object')) return false
  const extra = schema.additionalProperties
  if (extra === true || (typeof extra === 'object' && Object.keys(extra).length === 0)) return true
  return extra === undefined && Object.keys(schema.properties ?? {}).length === 0
}
