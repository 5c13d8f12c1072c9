import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundle } from './bundle.ts'

const operation = (schema: string) => `
things:
  get:
    operationId: listThings
    responses:
      "200": { content: { application/json: { schema: ${schema} } } }
`

describe('bundle', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'astrbot-bundle-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function bundled(files: Record<string, string>) {
    const root = 'openapi: 3.1.0\npaths:\n  /things: { $ref: "paths/things.yaml#/things" }\n'
    for (const [name, text] of Object.entries({ 'root.yaml': root, ...files })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return bundle(join(folder, 'root.yaml'))
  }

  it('makes components of everything named, by kind, and puts path items in place', () => {
    const document = bundled({
      'paths/things.yaml': `${operation('{ $ref: ../schemas/things.yaml#/Thing }')}      "404": { $ref: ../responses.yaml#/NotFound }
    parameters: [{ $ref: ../parameters.yaml#/Page }]
`,
      'schemas/things.yaml':
        'Thing: { type: object, properties: { kind: { $ref: "#/Kind" } } }\nKind: { type: string }\nUnused: { type: string }\n',
      'responses.yaml': 'NotFound: { description: Gone }\n',
      'parameters.yaml': 'Page: { name: page, in: query, schema: { type: integer } }\n',
    })
    expect(document.paths['/things']?.get?.responses['200']?.content?.['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/Thing',
    })
    expect(document.paths['/things']?.get?.responses['404']).toEqual({ $ref: '#/components/responses/NotFound' })
    expect(document.components.schemas).toEqual({
      Kind: { type: 'string' },
      Thing: { type: 'object', properties: { kind: { $ref: '#/components/schemas/Kind' } } },
    })
    expect(Object.keys(document.components.parameters)).toEqual(['Page'])
  })

  it('follows types that refer to themselves', () => {
    const { components } = bundled({
      'paths/things.yaml': operation('{ $ref: ../schemas/things.yaml#/Tree }'),
      'schemas/things.yaml':
        'Tree: { type: object, properties: { children: { type: array, items: { $ref: "#/Tree" } } } }\n',
    })
    expect(components.schemas['Tree']?.properties?.['children']?.items).toEqual({ $ref: '#/components/schemas/Tree' })
  })

  it('refuses a reference that leads nowhere and names the place', () => {
    const files = {
      'paths/things.yaml': operation('{ $ref: ../schemas/things.yaml#/Gone }'),
      'schemas/things.yaml': 'Thing: { type: string }\n',
    }
    expect(() => bundled(files)).toThrow(
      /things\.yaml: things\/get\/responses\/200.*schemas\/things\.yaml#\/Gone leads nowhere/,
    )
  })

  it('refuses a reference to a file that is not there', () => {
    expect(() => bundled({ 'paths/things.yaml': operation('{ $ref: ../schemas/gone.yaml#/Thing }') })).toThrow(
      /gone\.yaml/,
    )
  })

  it('refuses a name that two files use', () => {
    const files = {
      'paths/things.yaml': operation(
        '{ oneOf: [{ $ref: ../schemas/a.yaml#/Thing }, { $ref: ../schemas/b.yaml#/Thing }] }',
      ),
      'schemas/a.yaml': 'Thing: { type: string }\n',
      'schemas/b.yaml': 'Thing: { type: integer }\n',
    }
    expect(() => bundled(files)).toThrow(/Thing is defined in .*a\.yaml and in .*b\.yaml/)
  })
})
