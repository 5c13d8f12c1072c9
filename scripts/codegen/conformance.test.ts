import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { routes } from '@astrbot/contract/routes'
import * as schemas from '@astrbot/contract/schemas'
import { createValidators, type Validate } from '@astrbot/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ZodType } from '../../packages/contract/node_modules/zod/index.js'
import { bundle } from './bundle.ts'
import { drawFrom } from './conformance/draw.ts'
import { generate } from './conformance/generate.ts'
import { limitsOf, mutate } from './conformance/mutate.ts'
import { type Document, type Json, operationsOf, type Schema } from './document.ts'

const bundled = join(import.meta.dirname, '../../packages/contract/src/generated/openapi.json')
const document = JSON.parse(readFileSync(bundled, 'utf8')) as Document
const components = document.components.schemas
// Ajv reads the contract as it is written, before code generation has rearranged anything.
const written = createValidators({ ...bundle(join(import.meta.dirname, '../../openspec/openapi-v1.yaml')) })

interface Score { valid: number; invalid: number }

function compare(name: string, schema: Schema, zod: ZodType, ajv: Validate, runs: number): Score {
  const score = { valid: 0, invalid: 0 }
  const limits = limitsOf(schema)
  fc.assert(
    fc.property(fc.gen(), g => {
      const draw = drawFrom(g)
      const sound = generate(schema, components, draw)
      const value = draw.oneIn(3) ? sound : mutate(sound, limits, draw)
      const problems = ajv(value)
      const result = zod.safeParse(value)
      if (problems.length === 0) score.valid++
      else score.invalid++
      if (result.success !== (problems.length === 0)) {
        throw new Error(`${name}: Ajv ${problems.join('; ') || 'takes'}, Zod ${result.error?.message ?? 'takes'} ${JSON.stringify(value)}`)
      }
    }),
    { numRuns: runs },
  )
  return score
}

describe('Zod and Ajv agree', () => {
  const total = { valid: 0, invalid: 0 }
  it.each(Object.entries(components))('on %s', (name, schema) => {
    const zod = (schemas as unknown as Record<string, () => ZodType>)[name]
    const score = compare(name, schema, zod!(), written.at('components', 'schemas', name), 60)
    total.valid += score.valid
    total.invalid += score.invalid
    expect(score.valid, `no valid value of ${name} was found`).toBeGreaterThan(0)
  })
  it('x', () => console.log(total))
})
