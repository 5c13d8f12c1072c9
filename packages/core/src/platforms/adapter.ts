import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { ReadonlyJsonObject } from '../json.ts'
import type { Logger } from '../log.ts'
import type { MessageOrigin } from '../umo.ts'
import type { Component, InboundMessage } from './message.ts'

/** A connection to a messaging platform: one for every bot that runs, made anew for every attempt. */
export interface PlatformAdapter {
  /** Connects. The bot counts as running once this is over. A failure is tried again after a while. */
  start(): Promise<void>
  /** Lets go of everything. Called once, also when `start` failed. */
  stop(): Promise<void>
  /**
   * Says something in a chat, and answers once the platform has taken it.
   * @throws whatever the platform says against it
   */
  send(target: MessageOrigin, chain: readonly Component[]): Promise<void>
  /** Puts an emoji of the platform to a person's message. Absent where messages take none, or not yet. */
  react?(message: InboundMessage, emoji: string): Promise<void>
  /** Finds out whether the platform can be reached; throws why not. Absent when there is no way to know. */
  test?(): Promise<void>
  /** Takes a callback of the platform. Absent unless it comes in through this server. */
  webhook?(call: WebhookCall): Promise<WebhookAnswer>
}

/** What an adapter is given to live on. */
export interface PlatformHost {
  /** The id of the bot. */
  id: string
  /** The entry of the bot in the configuration. */
  settings: ReadonlyJsonObject
  clock: Clock
  ids: Ids
  log: Logger
  /** Calls out, to addresses of the operator's choice. Follows no redirect. */
  fetch: typeof globalThis.fetch
  /** Hands a message of a person to the bot. */
  receive(message: InboundMessage): void
  /** Says that the connection is gone for good: the adapter is stopped and a new one started after a while. */
  failed(error: unknown): void
}

/** A platform that bots can be made for. */
export interface PlatformKind {
  /** What a bot's `type` says. */
  type: string
  displayName: string
  description: string
  /** Whether people see an answer grow. */
  streaming: boolean
  /** Whether the bot can write first. */
  proactive: boolean
  /** Whether a bot with these settings takes callbacks at this server's webhook address. */
  takesWebhook?(settings: ReadonlyJsonObject): boolean
  /**
   * Absent while the platform cannot be served; its bots are kept then, and say so.
   * @throws UnusableSettings
   */
  connect?(host: PlatformHost): PlatformAdapter
}

/** Settings with which trying again is of no use. */
export class UnusableSettings extends Error {
  override readonly name = 'UnusableSettings'
}

/** A callback of a platform as it came in. */
export interface WebhookCall {
  method: 'GET' | 'POST'
  query: URLSearchParams
  headers: Headers
  body: Uint8Array
}

/** What the platform is answered, without any envelope. */
export interface WebhookAnswer {
  status?: number
  /** `text/plain` by default. */
  contentType?: string
  body: string
}

/** A text among the settings of a bot; empty when there is none. */
export function textSetting(settings: ReadonlyJsonObject, key: string): string {
  const value = settings[key]
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
}

/** A number among the settings of a bot, also when a form has stored it as text. */
export function numberSetting(settings: ReadonlyJsonObject, key: string, fallback: number): number {
  const text = textSetting(settings, key)
  const value = Number(text)
  return text === '' || !Number.isFinite(value) ? fallback : value
}
