import { AstrBotError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { Component } from './message.ts'

/** The JSON object that a callback brings. @throws invalid_webhook_body */
export function jsonBody(body: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (isJsonObject(value)) return value
  } catch {
    // Answered below.
  }
  throw new AstrBotError('invalid_webhook_body')
}

export function stringAt(object: JsonObject, key: string): string {
  const value = object[key]
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** What a piece of a message says on platforms that take text alone. */
export function spokenText(component: Component): string {
  switch (component.type) {
    case 'plain':
    case 'unknown':
      return component.text
    case 'at':
      return `@${component.name ?? component.userId} `
    case 'share':
      return `${component.title} ${component.url}`
    case 'json':
      return JSON.stringify(component.data)
    case 'nodes':
      return component.nodes.map(({ name, content }) => `${name}: ${content.map(spokenText).join('')}`).join('\n')
    case 'image':
    case 'record':
    case 'video':
    case 'file':
      return /^https?:/i.test(component.file) ? component.file : ''
    default:
      return ''
  }
}
