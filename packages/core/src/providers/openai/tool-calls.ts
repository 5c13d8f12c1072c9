import { systemIds } from '../../ids.ts'
import type { ModelEvent } from '../model.ts'
import { field, textField } from '../untrusted.ts'

interface PendingCall {
  index: unknown
  id: string
  name: string
  args: string
}

/**
 * Puts tool calls together from their pieces. Name, id and arguments come apart; some servers leave out the index, some
 * give every call the index 0 and only a new id tells them apart.
 */
export class ToolCallPieces {
  readonly #calls: PendingCall[] = []

  get some(): boolean {
    return this.#calls.length > 0
  }

  /** @param piece one element of a delta's (or a whole message's) `tool_calls` */
  add(piece: unknown): void {
    const id = textField(piece, 'id')
    const call = this.#find(field(piece, 'index'), id, textField(field(piece, 'function'), 'name'))
    call.id ||= id
    call.name ||= textField(field(piece, 'function'), 'name')
    call.args += argumentsOf(field(field(piece, 'function'), 'arguments'))
  }

  events(): ModelEvent[] {
    return this.#calls
      .filter(call => call.name !== '')
      .map(({ id, name, args }) => ({
        type: 'tool_call',
        id: id || `call_${systemIds.uuid()}`,
        name,
        args: args || '{}',
      }))
  }

  #find(index: unknown, id: string, name: string): PendingCall {
    const last = this.#calls.at(-1)
    const known = typeof index === 'number' ? this.#calls.findLast(call => call.index === index) : last
    const another = known && id !== '' && known.id !== '' && id !== known.id && name !== ''
    const unnumbered = typeof index !== 'number' && name !== '' && id === ''
    if (known && !another && !unnumbered) return known
    const call: PendingCall = { index, id: '', name: '', args: '' }
    this.#calls.push(call)
    return call
  }
}

/** A text of JSON, though some servers send the object itself. */
function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}
