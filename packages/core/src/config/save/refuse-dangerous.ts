import type { Problem } from '../cast.ts'

const dangerous = new Set(['__proto__', 'constructor', 'prototype'])

/** Reports keys that could reach the prototypes of objects, and numbers that JSON cannot keep, at any depth. */
export function refuseDangerous(value: unknown, path: string, problems: Problem[]): void {
  if (typeof value === 'number' && !Number.isFinite(value)) problems.push({ path, message: 'the number is too large' })
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) refuseDangerous(item, `${path}[${i}]`, problems)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const at = path === '' ? key : `${path}.${key}`
      if (dangerous.has(key)) problems.push({ path: at, message: 'this key is not allowed' })
      else refuseDangerous(item, at, problems)
    }
  }
}
