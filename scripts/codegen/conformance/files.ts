import type { Json } from '../document.ts'
import { file, isObject } from './generate.ts'

const upload = new File(['content'], 'name.txt')

/** Puts a real file wherever a generated value stands for one. */
export function withFiles(value: Json): unknown {
  if (value === file) return upload
  if (Array.isArray(value)) return value.map(withFiles)
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withFiles(field)]))
    : value
}
