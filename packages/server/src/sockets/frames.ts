import { AstrBotError, type JsonObject } from '@astrbot/core'
import type * as z from 'zod'
import { refuseUnstorable, validate } from '../http/validate.ts'
import type { Incoming } from './link.ts'

/** A frame that is no frame; `words` are for people. */
export class BadFrame extends Error {}

/** The object that a frame holds. @throws BadFrame, validation_failed */
export function parseFrame(frame: Incoming): JsonObject {
  if (frame === null) throw new BadFrame('frames are text, not bytes')
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch {
    throw new BadFrame('the frame is not valid JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadFrame('message must be an object')
  }
  try {
    refuseUnstorable('frame', value)
  } catch (error) {
    throw error instanceof RangeError ? new BadFrame('the frame is nested too deeply') : error
  }
  return value as JsonObject
}

/** What is said of a frame of no known kind; one without a kind is told in AstrBot's words. */
export function unknownFrame({ t }: JsonObject): BadFrame {
  const kind = typeof t === 'string' ? t : (t ?? null) === null ? 'None' : JSON.stringify(t)
  return new BadFrame(`Unsupported message type: ${kind.slice(0, 100)}`)
}

/** Holds a frame against the contract. @throws validation_failed with every offending place */
export function checkedFrame<T>(schema: () => z.ZodType<T>, frame: JsonObject): T {
  return validate('frame', schema(), frame) as T
}

const longestId = 255

/** A text field of a frame that may be anything. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && value.length <= longestId ? value : undefined
}

/** The id of a turn as the id of its run: then a client can ask over HTTP what became of a message. UUIDs alone are. */
export function runIdOf(messageId: string | undefined): string | undefined {
  return messageId !== undefined && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(messageId) ? messageId : undefined
}

/** The word that AstrBot's sockets have for a failure. */
export function keySocketCode(error: unknown): string {
  if (error instanceof BadFrame) return 'INVALID_MESSAGE'
  if (!(error instanceof AstrBotError)) return 'PROCESSING_ERROR'
  const { code } = error
  if (code === 'run_exists') return 'DUPLICATE'
  if (code === 'username_missing' || code === 'username_empty' || code === 'invalid_username') return 'BAD_USER'
  if (code === 'username_reserved' || code === 'validation_failed' || code.startsWith('message_'))
    return 'INVALID_MESSAGE'
  if (code.startsWith('config_')) return 'CONFIG_ERROR'
  return code.includes('session') || code === 'permission_denied' ? 'SESSION_ERROR' : 'PROCESSING_ERROR'
}

/** The same for the chat protocol of the other sockets, which tells fewer kinds apart. */
export function unifiedCode(error: unknown): string {
  const word = keySocketCode(error)
  return word === 'INVALID_MESSAGE' ? 'INVALID_MESSAGE_FORMAT' : word
}
