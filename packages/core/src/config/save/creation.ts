import { isJsonObject, type Json, type JsonObject } from '../../json.ts'
import type { Problem } from '../cast.ts'
import { kindOf, nameOf } from '../cast-scalar.ts'
import { failOn } from './fail.ts'

const longestName = 255

/** What a new profile is made from. */
export interface Creation {
  name: string | undefined
  config: JsonObject | undefined
}

/**
 * Reads the request to make a profile. What is null counts as absent.
 * @throws validation_failed
 */
export function readCreation(body: unknown, at: string): Creation {
  const value = body as Json
  const problems: Problem[] = []
  const { name = null, config = null } = isJsonObject(value) ? value : {}
  const expect = (path: string, what: string, got: Json) =>
    problems.push({ path, message: `expected ${what}, got ${nameOf(kindOf(got))}` })
  if (value === undefined) problems.push({ path: '', message: 'expected an object, got nothing' })
  else if (!isJsonObject(value)) expect('', 'an object', value)
  if (name !== null && typeof name !== 'string') expect('name', 'text', name)
  if (typeof name === 'string' && name.length > longestName)
    problems.push({ path: 'name', message: `must have at most ${longestName} characters` })
  if (config !== null && !isJsonObject(config)) expect('config', 'an object', config)
  failOn(problems, at)
  return {
    name: typeof name === 'string' ? name : undefined,
    config: isJsonObject(config) ? config : undefined,
  }
}
