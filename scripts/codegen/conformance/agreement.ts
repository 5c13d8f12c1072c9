import type { Validate } from '@astrbot/testing'
import fc from 'fast-check'
import type { Json, Schema } from '../document.ts'
import { drawFrom } from './draw.ts'
import { generate } from './generate.ts'
import { limitsOf, mutate } from './mutate.ts'
import { probes } from './probes.ts'

/** The part of a Zod schema that is compared. */
export interface Parser {
  safeParse(value: unknown): { success: boolean; data?: unknown; error?: { message: string } }
}

export interface Subject {
  name: string
  /** What values are made from. */
  schema: Schema
  zod: Parser
  ajv: Validate
  /** Turns a generated value into what Zod and Ajv are given; undefined when it cannot be sent at all. */
  encode: (value: Json) => { zod: unknown; ajv: unknown } | undefined
}

export interface Score {
  valid: number
  invalid: number
  /** The last disagreement, as small as it could be made. */
  problem?: string
}

/** Lets Zod and Ajv judge the same values, some good, some spoilt, some at every limit, and tells where they disagree. */
export function score(subject: Subject, components: Record<string, Schema>, runs: number): Score {
  const count = { valid: 0, invalid: 0 }
  let problem: string | undefined

  const agree = (value: Json): boolean => {
    const sent = subject.encode(value)
    if (!sent) return true
    const complaints = subject.ajv(sent.ajv)
    const result = subject.zod.safeParse(sent.zod)
    count[complaints.length === 0 ? 'valid' : 'invalid']++
    if (result.success === (complaints.length === 0) && (!result.success || isWithin(result.data, sent.ajv)))
      return true
    const zod = result.success
      ? `takes it as ${JSON.stringify(result.data)}`
      : result.error?.message.replaceAll(/\s+/g, ' ')
    const ajv = complaints.join('; ') || 'takes it'
    problem = `${subject.name}: ${JSON.stringify(sent.ajv)}\n    Ajv  ${ajv}\n    Zod  ${zod}`
    return false
  }

  const limits = limitsOf(subject.schema)
  const random = fc.property(fc.gen(), g => {
    const draw = drawFrom(g)
    const sound = generate(subject.schema, components, draw)
    return agree(draw.oneIn(3) ? sound : mutate(sound, limits, draw))
  })
  const atLimits = fc.property(fc.gen(), g => {
    const draw = drawFrom(g)
    const make = (schema: Schema) => generate(schema, components, draw)
    return [...probes(subject.schema, make, components)].every(agree)
  })
  const failed =
    fc.check(random, { numRuns: runs }).failed || fc.check(atLimits, { numRuns: 2, endOnFailure: true }).failed
  return failed && problem !== undefined ? { ...count, problem } : count
}

/** Whether nothing was added and nothing altered: everything in `part` is in `whole` too. */
function isWithin(part: unknown, whole: unknown): boolean {
  if (part instanceof File) return typeof whole === 'string'
  if (typeof part !== 'object' || part === null) return Object.is(part, whole) || (part === 0 && whole === 0)
  if (typeof whole !== 'object' || whole === null || Array.isArray(part) !== Array.isArray(whole)) return false
  if (Array.isArray(part) && part.length !== (whole as unknown[]).length) return false
  return Object.entries(part).every(([key, value]) => isWithin(value, (whole as Record<string, unknown>)[key]))
}
