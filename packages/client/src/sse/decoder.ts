import { ProtocolError } from '../errors/call-errors.ts'

/** One event of a stream of server-sent events. */
export interface ServerEvent {
  /** Its own `id:` line; unlike a browser's, not the one of an earlier event. */
  id?: string
  /** Its `event:` line. */
  event?: string
  /** Its `data:` lines, joined by line feeds. */
  data: string
}

export interface SseDecoder {
  /** The events that this piece of text completes. */
  decode(text: string): ServerEvent[]
  /** Milliseconds of the latest `retry:` line. */
  readonly retry: number | undefined
}

/**
 * Reads server-sent events from text that is cut at any place: lines end with CR, LF or both, comments and unknown fields
 * are skipped, an event without an empty line after it is not one yet.
 * @param limit characters one event may have; more is a ProtocolError, so that a broken server cannot fill the memory
 */
export function createSseDecoder(limit: number = 16 * 1024 * 1024): SseDecoder {
  let rest = ''
  let afterCr = false
  let size = 0
  let data: string[] = []
  let fields: Omit<ServerEvent, 'data'> = {}
  let retry: number | undefined

  function takeField(line: string): void {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') data.push(value)
    else if (name === 'event') fields.event = value
    else if (name === 'id' && !value.includes('\0')) fields.id = value
    else if (name === 'retry' && /^\d+$/.test(value)) retry = Number(value)
  }

  return {
    decode(text) {
      const events: ServerEvent[] = []
      const lineEnd = /\r\n?|\n/g
      let start = afterCr && text[0] === '\n' ? 1 : 0
      lineEnd.lastIndex = start
      if (text) afterCr = text.endsWith('\r')
      for (let match = lineEnd.exec(text); match; match = lineEnd.exec(text)) {
        const line = rest + text.slice(start, match.index)
        rest = ''
        start = lineEnd.lastIndex
        if (line[0] !== ':') size += line.length
        if (line) takeField(line)
        else {
          if (data.length > 0) events.push({ ...fields, data: data.join('\n') })
          data = []
          fields = {}
          size = 0
        }
      }
      rest += text.slice(start)
      if (size + rest.length > limit) throw new ProtocolError(`An event is longer than ${limit} characters`)
      return events
    },
    get retry() {
      return retry
    },
  }
}
