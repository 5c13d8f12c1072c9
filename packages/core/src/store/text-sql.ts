import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Dialect } from './database.ts'

/** Whether a column or value holds a text, upper and lower case alike. Nothing in the text is a wildcard. */
export function contains(dialect: Dialect, value: string | RawBuilder<unknown>, text: string): RawBuilder<SqlBool> {
  const held = typeof value === 'string' ? sql.ref(value) : value
  if (dialect === 'postgres') return sql`strpos(lower(${held}), lower(cast(${text} as text))) > 0`
  // SQLite's `like` is fast and knows the case of ASCII letters; `fold` of sqlite.ts knows all, at a call into
  // JavaScript for every row.
  return isAscii(text)
    ? sql`${held} like ${`%${text.replace(/[\\%_]/g, '\\$&')}%`} escape '\\'`
    : sql`instr(fold(${held}), fold(${text})) > 0`
}

/** Whether a column begins with a text. */
export function beginsWith(column: string, text: string): RawBuilder<SqlBool> {
  return sql`substr(${sql.ref(column)}, 1, length(cast(${text} as text))) = ${text}`
}

/** Whether the message type of the origin (UMO) in a column is this one, upper and lower case alike. */
export function hasMessageType(dialect: Dialect, column: string, type: string): RawBuilder<SqlBool> {
  const middle = `:${type.toLowerCase()}:`
  const found = position(dialect, sql`lower(${sql.ref(column)})`, middle)
  return sql`(${found} > 0 and ${found} = ${position(dialect, sql.ref(column), ':')})`
}

/** The platform of the origin (UMO) in a column; an origin without colons is all platform. */
export function platformOf(dialect: Dialect, column: string): RawBuilder<string> {
  const colon = position(dialect, sql.ref(column), ':')
  const first = sql`case when ${colon} > 0 then substr(${sql.ref(column)}, 1, ${colon} - 1) else ${sql.ref(column)} end`
  return sql`coalesce(nullif(${first}, ''), 'unknown')`
}

/** A column to order by code point, whatever the language of the server is. */
export function codePoints(dialect: Dialect, column: string): RawBuilder<string> {
  return dialect === 'sqlite' ? sql`${sql.ref(column)}` : sql`${sql.ref(column)} collate "C"`
}

/** A field of a JSON object in a text column, as text; null when it is not there. */
export function jsonField(dialect: Dialect, column: string, field: string): RawBuilder<string | null> {
  return dialect === 'sqlite'
    ? sql`json_extract(${sql.ref(column)}, ${`$.${field}`})`
    : sql`cast(${sql.ref(column)} as json) ->> ${field}`
}

function isAscii(text: string): boolean {
  return [...text].every(character => character < '\u0080')
}

function position(dialect: Dialect, text: RawBuilder<unknown>, part: string): RawBuilder<number> {
  return dialect === 'sqlite' ? sql`instr(${text}, ${part})` : sql`strpos(${text}, ${part})`
}
