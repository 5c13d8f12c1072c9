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

const dateTimeShape = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-](\d{2}):?(\d{2}))$/

/** RFC 3339 date and time with an offset. `Date.parse` alone would take 30 February and 24 o'clock. */
export const dateTime: z.core.$ZodCheck<string> = z.refine<string>(text => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offsetHour = 0, offsetMinute = 0] = (
    dateTimeShape.exec(text) ?? []
  )
    .slice(1)
    .map(digits => Number(digits ?? 0))
  const lastDay = new Date(0)
  lastDay.setUTCFullYear(year, month, 0)
  const dated = month >= 1 && month <= 12 && day >= 1 && day <= lastDay.getUTCDate()
  return dated && hour < 24 && minute < 60 && second < 60 && offsetHour < 24 && offsetMinute < 60
}, 'expected an ISO 8601 date and time with an offset')

/** JSON Schema's `minProperties`. */
export function minProperties(count: number): z.core.$ZodCheck<object> {
  return z.refine<object>(value => Object.keys(value).length >= count, `expected at least ${count} entries`)
}

/** JSON Schema's `maxProperties`. */
export function maxProperties(count: number): z.core.$ZodCheck<object> {
  return z.refine<object>(value => Object.keys(value).length <= count, `expected at most ${count} entries`)
}
