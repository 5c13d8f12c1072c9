import { AstrBotError } from '@astrbot/core'

/** Some bytes of a file, both ends included. */
export interface ByteRange {
  first: number
  last: number
}

const mostRanges = 32

/**
 * The ranges that a `Range` header asks for of a file of `size` bytes, ascending, those that touch made one.
 * @throws invalid_range for what is no byte range, range_not_satisfiable when no byte of the file is in any of them
 * @example parseRange('bytes=0-4,-2', 10) // [{ first: 0, last: 4 }, { first: 8, last: 9 }]
 */
export function parseRange(header: string, size: number): ByteRange[] {
  const list = /^\s*bytes\s*=(.*)$/i.exec(header)?.[1]
  const specs = list?.split(',').filter(spec => spec.trim() !== '') ?? []
  if (specs.length === 0 || specs.length > mostRanges) throw new AstrBotError('invalid_range')
  const ranges = specs.map(spec => parseOne(spec.trim(), size)).filter(range => range !== undefined)
  if (ranges.length === 0) throw new AstrBotError('range_not_satisfiable', {}, { size })
  return joined(ranges)
}

/** Undefined for a range beyond the end. */
function parseOne(spec: string, size: number): ByteRange | undefined {
  const found = /^(\d{0,15})\s*-\s*(\d{0,15})$/.exec(spec)
  const [, from = '', to = ''] = found ?? []
  if (from === '' && to === '') throw new AstrBotError('invalid_range')
  if (from === '') {
    const length = Number(to)
    return length === 0 || size === 0 ? undefined : { first: Math.max(0, size - length), last: size - 1 }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) throw new AstrBotError('invalid_range')
  return first >= size ? undefined : { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) }
}

function joined(ranges: ByteRange[]): ByteRange[] {
  const result: ByteRange[] = []
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = result.at(-1)
    if (before && range.first <= before.last + 1) before.last = Math.max(before.last, range.last)
    else result.push({ ...range })
  }
  return result
}
