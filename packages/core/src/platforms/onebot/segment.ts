import { isJsonObject, type JsonObject } from '../../json.ts'

/** A piece of a message as OneBot v11 has it. */
export interface Segment {
  type: string
  data: JsonObject
}

/** The segments of a message in either of its forms: a list, or a text with CQ codes. */
export function segmentsOf(message: unknown): Segment[] {
  if (typeof message === 'string') return parseCqText(message)
  if (isJsonObject(message)) return segmentsOf([message])
  if (!Array.isArray(message)) return []
  return message.flatMap((item: unknown) => {
    if (typeof item === 'string') return parseCqText(item)
    if (!isJsonObject(item) || typeof item['type'] !== 'string') return []
    return [{ type: item['type'], data: isJsonObject(item['data']) ? item['data'] : {} }]
  })
}

const cqCode = /\[CQ:([\w.-]+)((?:,[^,[\]]*)*)\]/g

/**
 * Reads a text in which `[CQ:type,key=value]` stands for everything that is not text.
 * @example parseCqText('hi [CQ:at,qq=1]') // [{ type: 'text', data: { text: 'hi ' } }, { type: 'at', data: { qq: '1' } }]
 */
export function parseCqText(text: string): Segment[] {
  const segments: Segment[] = []
  let next = 0
  const addText = (piece: string) => {
    if (piece !== '') segments.push({ type: 'text', data: { text: unescapeCq(piece) } })
  }
  for (const match of text.matchAll(cqCode)) {
    addText(text.slice(next, match.index))
    next = match.index + match[0].length
    const pairs = (match[2] ?? '').split(',').slice(1)
    const data = Object.fromEntries(
      pairs.map(pair => {
        const equals = pair.indexOf('=')
        return equals < 0 ? [pair, ''] : [pair.slice(0, equals), unescapeCq(pair.slice(equals + 1))]
      }),
    )
    segments.push({ type: match[1] ?? '', data })
  }
  addText(text.slice(next))
  return segments
}

/** A text as it stands inside a message with CQ codes; inside a code, commas are escaped too. */
export function escapeCq(text: string, inCode = false): string {
  const plain = text.replaceAll('&', '&amp;').replaceAll('[', '&#91;').replaceAll(']', '&#93;')
  return inCode ? plain.replaceAll(',', '&#44;') : plain
}

function unescapeCq(text: string): string {
  return text.replaceAll('&#44;', ',').replaceAll('&#91;', '[').replaceAll('&#93;', ']').replaceAll('&amp;', '&')
}
