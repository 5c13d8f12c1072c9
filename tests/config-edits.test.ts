import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configPlaces, type Place } from './support/config-places.ts'
import { withValue } from './support/fields.ts'
import { TestServer } from './support/server.ts'

// Whatever sequence of valid edits is sent, the document is what the same edits make of a plain object.

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

type Document = Record<string, unknown>

/** Keys with a rule of their own beside their type: secrets, the second factor, rights that need others, other runners. */
const special =
  /^(platform|provider|provider_sources|persona|subagent_orchestrator\.agents)\b|^dashboard\.(password|pbkdf2_password|jwt_secret|totp|username|trust_proxy)|local_permissions|^agent_runner\.config\.(dify|coze|dashscope|deerflow|variables|timeout|proxy|bot_id|auto_save|rag)/
const isLeaf = ({ schema, path }: Place) => !schema.properties && !path.includes(0)
const leaves = configPlaces().filter(place => isLeaf(place) && !special.test(place.name))

const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter(one => !one.includes('\0'))

function valueAt({ schema }: Place): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const { minimum: min = -1000, maximum: max = 1000 } = schema
  switch (schema.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min, max: Math.max(min, max) })
    case 'number':
      return fc.double({ min, max, noNaN: true }).map(number => number + 0)
    case 'string':
      return text
    case 'array':
      return fc.array(text, { maxLength: 4 })
    default:
      throw new Error(`no values of type ${schema.type}`)
  }
}

interface Edit {
  name: string
  path: readonly (string | number)[]
  value: unknown
  /** Send the whole document, or only the group the key is in. */
  whole: boolean
  /** Send numbers in quotes. */
  quoted: boolean
}

const edit: fc.Arbitrary<Edit> = fc.constantFrom(...leaves).chain(place =>
  fc.record({
    name: fc.constant(place.name),
    path: fc.constant(place.path),
    value: valueAt(place),
    whole: fc.boolean(),
    quoted: fc.boolean(),
  }),
)

async function play(edits: Edit[], config_id: string): Promise<void> {
  const read = async () => (await server.call('getConfigProfile', { params: { config_id } })).data
  let { config: expected, revision = '' } = (await read()) as { config: Document; revision?: string }
  for (const { path, value, whole, quoted } of edits) {
    expected = withValue(expected, path, value) as Document
    const sent = withValue(expected, path, quoted && typeof value === 'number' ? ` ${value}` : value) as Document
    const group = String(path[0])
    const body = whole ? sent : { agent_runner: sent['agent_runner'], [group]: sent[group] }
    const saved = await server.call('updateConfigProfileContent', {
      params: { config_id },
      body: JSON.stringify(body),
      type: 'application/json',
      headers: { 'if-match': `"${revision}"` },
    })
    expect(saved.status, saved.text).toBe(200)
    revision = saved.data.revision ?? ''
  }
  const after = await read()
  expect(after.config).toEqual(expected)
  expect(after.revision).toBe(revision)
}

describe('any sequence of valid edits', () => {
  it('is tried with most keys', () => {
    expect(leaves.length).toBeGreaterThan(170)
  })

  it('equals the same edits on a plain object', { timeout: 120_000 }, async () => {
    const named = (await server.call('createConfigProfile', { json: {} })).data.conf_id
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 12 }), fc.constantFrom('default', named), play),
      { numRuns: 60 },
    )
  })
})
