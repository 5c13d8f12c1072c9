import type { ConfigRule } from '@astrbot/contract'
import type { Json } from '../json.ts'

const whole = /^[+-]?\d+(_\d+)*$/
const decimal = /^[+-]?(\d+(_\d+)*(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

const names: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

/** JSON Schema's word for the kind of a value. */
export function kindOf(value: Json): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** What people call a type. */
export function nameOf(type: string): string {
  return names[type] ?? type
}

/**
 * A number from a number, from digits in quotes or from a switch; undefined when it is none of them. Whole numbers beyond
 * 2^53 are none: they would be stored as another number. Fractions of whole numbers are cut off, in quotes only when
 * lenient.
 */
export function castNumber(value: Json, type: 'integer' | 'number', lenient: boolean): number | undefined {
  let number: number
  if (typeof value === 'number' || typeof value === 'boolean') number = Number(value)
  else if (typeof value !== 'string') return undefined
  else {
    const digits = value.trim()
    if (!(type === 'integer' && !lenient ? whole : decimal).test(digits)) return undefined
    number = Number(digits.replaceAll('_', ''))
  }
  if (!Number.isFinite(number)) return undefined
  if (type === 'number') return number
  const cut = Math.trunc(number)
  return Number.isSafeInteger(cut) ? cut : undefined
}

/** The text that a number was meant to be. Whole numbers beyond 2^53 are none: their last digits are lost. */
export function castText(value: Json): string | undefined {
  if (typeof value !== 'number' || (Number.isInteger(value) && !Number.isSafeInteger(value))) return undefined
  return String(value)
}

/** Why a value of the right type is not one of the allowed ones, or undefined. */
export function rangeProblem(rule: ConfigRule, value: boolean | number | string): string | undefined {
  if (rule.enum && !rule.enum.includes(value)) return `must be one of ${rule.enum.join(', ')}`
  if (typeof value === 'number') {
    if (rule.minimum !== undefined && value < rule.minimum) return `must be at least ${rule.minimum}`
    if (rule.maximum !== undefined && value > rule.maximum) return `must be at most ${rule.maximum}`
  }
  if (typeof value === 'string' && rule.pattern !== undefined && !new RegExp(rule.pattern, 'u').test(value))
    return `must match ${rule.pattern}`
  return undefined
}
