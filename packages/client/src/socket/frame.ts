import { isRecord } from '../record.ts'

/** A frame of the server, before its protocol types it. */
export interface Frame extends Record<string, unknown> {
  type?: unknown
  t?: unknown
}

/** Undefined for what is no JSON object. */
export function readFrame(data: unknown): Frame | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const frame: unknown = JSON.parse(data)
    return isRecord(frame) ? frame : undefined
  } catch {
    return undefined
  }
}

/** Whether a frame answers a ping. AstrBot itself knows pings on one of its sockets only. */
export function answersPing({ type, t, data }: Frame): boolean {
  return type === 'pong' || t === 'pong' || data === 'Unsupported message type: ping'
}
