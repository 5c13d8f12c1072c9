import type { Json } from '../document.ts'
import { file, isObject } from './generate.ts'

/** One field of a form or a query: text, a file, or several of them. */
export type FormValue = string | File | (string | File)[]

const upload = new File(['content'], 'name.txt')

/**
 * Writes a value as a form carries it: everything is text, a list of one is a plain field. Undefined when a form cannot
 * say it, such as a null or an object.
 */
export function toForm(value: Json): Record<string, FormValue> | undefined {
  if (!isObject(value)) return undefined
  const form: Record<string, FormValue> = {}
  for (const [name, field] of Object.entries(value)) {
    const items = Array.isArray(field) ? field.map(toText) : [toText(field)]
    const solid = items.filter(item => item !== undefined)
    const [first] = solid
    if (first === undefined || solid.length < items.length) return undefined
    form[name] = solid.length === 1 ? first : solid
  }
  return form
}

function toText(value: Json): string | File | undefined {
  if (value === file) return upload
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** The same form for Ajv, which knows no files. */
export function withoutFiles(form: Record<string, FormValue>): Record<string, string | string[]> {
  const text = (value: string | File) => (typeof value === 'string' ? value : file)
  return Object.fromEntries(Object.entries(form).map(([name, value]) => [name, Array.isArray(value) ? value.map(text) : text(value)]))
}
