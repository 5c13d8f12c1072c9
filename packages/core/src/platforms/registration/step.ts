import type { Schemas } from '@astrbot/contract'
import { type Ids, randomFrom } from '../../ids.ts'
import type { JsonObject } from '../../json.ts'
import type { Env } from '../../providers/index.ts'
import type { VendorAccess } from './vendor-call.ts'

export type Registered = Schemas['BotRegistration']

/** A registration of an app by scanning a code. Nothing is kept between its steps. */
export interface Registration {
  start(step: RegistrationStep): Promise<Registered>
  /** @throws invalid_registration_code when a code is missing */
  poll(step: RegistrationStep): Promise<Registered>
}

/** What a step goes by. */
export interface RegistrationStep {
  /** The settings of the bot so far. */
  settings: JsonObject
  /** A code among those that were sent, by the first of the names that has one. @throws invalid_registration_code */
  code(...names: (keyof Schemas['BotRegistrationRequest'])[]): string
  access: VendorAccess
  env: Env
  ids: Ids
}

/** Four letters that keep the ids of bots of one kind apart. */
export function randomSuffix(ids: Ids): string {
  return `_${[...randomFrom(ids, 4)].map(byte => String.fromCharCode(97 + (byte % 26))).join('')}`
}

/** A whole number that a vendor sent, within bounds. */
export function wholeNumber(value: unknown, fallback: number, least: number): number {
  const number = Number(value ?? fallback)
  return Number.isFinite(number) ? Math.max(least, Math.trunc(number)) : fallback
}
