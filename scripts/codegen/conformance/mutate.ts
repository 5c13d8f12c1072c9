import type { Json, Schema } from '../document.ts'
import type { Draw } from './draw.ts'
import { isObject } from './generate.ts'

const strangers: Json[] = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    1e9,
    '',
    ' ',
    '0',
    'true',
    'null',
    'text',
    '2026-02-30T00:00:00Z',
    '2026-02-03T04:05:06Z',
  ],
  ...[[], [null], [[]], [{}], ['text'], [1, 'a'], {}, { type: 'plain' }, { key: null }, { id: 'x', type: 1 }],
]

/** Changes a value in one or two places: another type, a missing or extra field, a number or a length at a limit of the schema. */
export function mutate(value: Json, limits: readonly number[], draw: Draw): Json {
  const once = changed(value, limits, draw)
  return draw.oneIn(3) ? changed(once, limits, draw) : once
}

function changed(value: Json, limits: readonly number[], draw: Draw): Json {
  const inner = Array.isArray(value) ? value.map((_, i) => i) : isObject(value) ? Object.keys(value) : []
  if (inner.length > 0 && !draw.oneIn(4)) {
    const key = draw.pick<string | number>(inner)
    if (Array.isArray(value)) return value.map((item, i) => (i === key ? changed(item, limits, draw) : item))
    if (isObject(value)) {
      if (draw.oneIn(4)) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
      return { ...value, [key]: changed(value[key] ?? null, limits, draw) }
    }
  }
  if (draw.oneIn(3)) return draw.oneIn(6) ? [value] : draw.pick(strangers)
  if (typeof value === 'number') return draw.pick([...limits, value]) + draw.pick([-1, -0.5, 0, 0.5, 1])
  if (typeof value === 'string') return draw.oneIn(2) ? resized(value, limits, draw) : altered(value, draw)
  if (Array.isArray(value)) return resizedList(value, limits, draw)
  if (isObject(value)) return { ...value, [draw.pick(['extra', 'id', 'type', 'name', 'value'])]: draw.pick(strangers) }
  return draw.pick(strangers)
}

function altered(value: string, draw: Draw): string {
  return draw.pick([`${value} `, ` ${value}`, value.toUpperCase(), value.slice(1), `${value}0`])
}

function resized(value: string, limits: readonly number[], draw: Draw): string {
  const length = draw.pick([...limits, 0, 1]) + draw.pick([-1, 0, 1])
  return length > 5000 ? '' : resizedText(value, length)
}

/** The text repeated or cut to a length in code points. */
export function resizedText(value: string, length: number): string {
  const units = [...(value === '' ? 'a' : value)]
  return Array.from({ length: Math.max(0, Math.floor(length)) }, (_, i) => units[i % units.length]).join('')
}

function resizedList(value: Json[], limits: readonly number[], draw: Draw): Json[] {
  const length = Math.round(draw.pick([...limits, 0, 1]) + draw.pick([-1, 0, 1]))
  if (length < 0 || length > 200) return []
  return Array.from({ length }, (_, i) => value[i % Math.max(1, value.length)] ?? null)
}

/** Every number that a schema and what is directly inside of it name as a limit. */
export function limitsOf(schema: Schema, depth = 0): number[] {
  const own = [
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'multipleOf',
  ] as const
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(schema.oneOf ?? []),
    ...(schema.anyOf ?? []),
  ]
  const inner = depth < 3 ? parts.flatMap(part => limitsOf(part, depth + 1)) : []
  return [...new Set([...own.flatMap(word => schema[word] ?? []), ...inner])]
}
