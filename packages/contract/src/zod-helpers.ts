import * as z from 'zod'

/** Runs `make` on the first call and answers the same value ever after: schemas are built when first needed. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

const yes = new Set(['true', '1', 'yes', 'on', 't', 'y'])
const no = new Set(['false', '0', 'no', 'off', 'f', 'n'])

/** A boolean in a query string or a form: `true/1/yes/on/t/y` or `false/0/no/off/f/n`, in any case. */
export const textBoolean: z.ZodType<boolean, string> = z.string().transform((text, context) => {
  const word = text.toLowerCase()
  if (yes.has(word)) return true
  if (no.has(word)) return false
  context.addIssue({ code: 'custom', message: 'expected true or false' })
  return z.NEVER
})

/** A number in a query string or a form: plain decimal notation, nothing else. */
export const textNumber: z.ZodType<number, string> = z.string().transform((text, context) => {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  context.addIssue({ code: 'custom', message: 'expected a number' })
  return z.NEVER
})

/** A list in a query string or a form may come as a single value. */
export function list(value: unknown): unknown {
  return value === undefined || Array.isArray(value) ? value : [value]
}

const dateTimeShape =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/

/** RFC 3339 date and time with an offset. `Date.parse` alone would take 30 February and 24 o'clock. */
export const dateTime: z.core.$ZodCheck<string> = z.refine<string>(text => {
  if (!dateTimeShape.test(text)) return false
  const day = Number(text.slice(8, 10))
  if (day <= 28) return true
  const lastDay = new Date(0)
  lastDay.setUTCFullYear(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)
  return day <= lastDay.getUTCDate()
}, 'expected an ISO 8601 date and time with an offset')

/** JSON Schema's `minProperties`. */
export function minProperties(count: number): z.core.$ZodCheck<object> {
  return z.refine<object>(value => Object.keys(value).length >= count, `expected at least ${count} entries`)
}

/** JSON Schema's `maxProperties`. */
export function maxProperties(count: number): z.core.$ZodCheck<object> {
  return z.refine<object>(value => Object.keys(value).length <= count, `expected at most ${count} entries`)
}
