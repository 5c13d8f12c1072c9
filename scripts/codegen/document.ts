/** The parts of an OpenAPI 3.1 document that code generation reads. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: Json[]
  const?: Json
  default?: Json
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
  minItems?: number
  maxItems?: number
  minProperties?: number
  maxProperties?: number
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
  discriminator?: { propertyName: string; mapping?: Record<string, string> }
  description?: string
  'x-astrbot-open'?: string
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header' | 'cookie'
  required?: boolean
  schema: Schema
  description?: string
  'x-astrbot-slashes'?: boolean
}

export interface MediaType {
  schema?: Schema
}

export interface Response {
  $ref?: string
  description?: string
  headers?: Record<string, unknown>
  content?: Record<string, MediaType>
}

export interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Record<string, MediaType>; 'x-astrbot-cast'?: boolean }
  responses: Record<string, Response>
  'x-astrbot-scope'?: string
  'x-astrbot-events'?: Schema
  'x-astrbot-frames'?: { client: Schema; server: Schema }
  'x-astrbot-paging'?: { items: string; page: string; size: string }
  'x-websocket'?: boolean
}

export const methods = ['get', 'put', 'post', 'delete', 'patch'] as const
export type Method = (typeof methods)[number]

export interface Document {
  openapi: string
  info: { title: string; version: string }
  tags: { name: string }[]
  security: Record<string, string[]>[]
  paths: Record<string, Partial<Record<Method, Operation>>>
  components: {
    schemas: Record<string, Schema>
    parameters: Record<string, Parameter>
    responses: Record<string, Response>
    securitySchemes: Record<string, unknown>
  }
}

/** One operation with where it stands. */
export interface Located {
  path: string
  method: Method
  operation: Operation
}

/** Every operation of the document, in its order. */
export function operationsOf(document: Document): Located[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap(method => {
      const operation = item[method]
      return operation ? [{ path, method, operation }] : []
    }),
  )
}

/** The name behind `#/components/<kind>/<name>`. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}
