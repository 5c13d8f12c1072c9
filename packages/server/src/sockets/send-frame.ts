import type { Json, JsonObject } from '@astrbot/core'

const idFields = ['session_id', 'conversation_id', 'message_id', 'config_id', 'config_name'] as const

/**
 * A frame that sends or interrupts, read as AstrBot reads it: numbers stand for their digits, blank ids for none, switches
 * that are neither on nor off for their defaults, and what is no part of a message is left out of it.
 */
export function readable(frame: JsonObject): JsonObject {
  const { enable_streaming: streaming, flags, message, username, ...rest } = frame
  const ids = idFields.flatMap(name => (rest[name] === undefined ? [] : [[name, idOf(rest[name])]]))
  return {
    ...rest,
    ...Object.fromEntries(ids),
    ...(username !== undefined && { username: digitsOf(username) }),
    ...(message !== undefined && { message: messageOf(message) }),
    ...(typeof streaming === 'boolean' && { enable_streaming: streaming }),
    ...(isObject(flags) && { flags: switchesOf(flags) }),
  }
}

function idOf(value: Json | undefined): Json {
  const text = digitsOf(value)
  return typeof text === 'string' && text.trim() === '' ? null : text
}

function messageOf(message: Json): Json {
  if (!Array.isArray(message)) return digitsOf(message)
  return message.filter(isObject).map(part => spelt(part, ['text', 'attachment_id', 'filename']))
}

/** The part with digits for the numbers in some of its fields. */
function spelt(part: JsonObject, names: readonly string[]): JsonObject {
  const fields = names.filter(name => name in part)
  return { ...part, ...Object.fromEntries(fields.map(name => [name, digitsOf(part[name])])) }
}

function switchesOf(flags: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => typeof value === 'boolean'))
}

/** Numbers as text. Whole numbers beyond 2^53 stay numbers, which nothing takes: rounded, they would name somebody else. */
function digitsOf(value: Json | undefined): Json {
  const isExact = typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value))
  return isExact ? String(value) : (value ?? null)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
