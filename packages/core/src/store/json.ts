import type { Json } from '../json.ts'

/** A JSON value as the text column that holds it. */
export function toJsonColumn(value: Json): string {
  return JSON.stringify(value)
}

/** The JSON value in a text column. */
export function fromJsonColumn(text: string): Json {
  return JSON.parse(text)
}
