import { isDeepStrictEqual } from 'node:util'
import { AstrBotError } from '../../errors.ts'
import { isJsonObject, type Json, type JsonObject, type ReadonlyJsonObject } from '../../json.ts'
import { isRunnerType } from '../agent-runner.ts'
import { type CastReport, cast, type Problem } from '../cast.ts'
import { kindOf, nameOf } from '../cast-scalar.ts'
import { completeDocument } from '../complete.ts'
import type { ConfigDocument } from '../document.ts'
import { migrate } from '../migrate/migrate.ts'
import { presentDocument } from '../present.ts'
import { documentRule } from '../rules.ts'
import { addressBesideMask, secretStays } from '../secrets/masked-settings.ts'
import { unmask, withoutDashboardSecrets } from '../secrets/redact.ts'
import { serialise } from '../serialise.ts'
import { failOn } from './fail.ts'
import { refuseDangerous } from './refuse-dangerous.ts'

/** Bytes that a document may have. */
const mostBytes = 2 * 1024 * 1024

/** Lists of the default profile that have operations of their own. */
const ownOperations = ['platform', 'provider', 'provider_sources']

/** Keys of `dashboard` that the server alone keeps. */
const serverKeys = ['password_storage_upgraded', 'token_version']

/** How a document is changed, and by whom. */
export interface PrepareOptions {
  /** Where the document stands in the request. */
  at: string
  isDefault: boolean
  /** A save must say who runs the agent; a new profile has a default. */
  runnerRequired: boolean
  /** API keys do not reach the secrets of the dashboard. */
  byKey: boolean
  mayEditAdmins: boolean
  /** See `redact`. */
  pepper: string
  /** Where the secrets behind masks may stand. */
  maskSources: readonly ReadonlyJsonObject[]
  /** The provider list of the default profile, for bodies of old versions. */
  defaultProviders: JsonObject[]
}

/** A change that may be made. */
export interface Prepared {
  next: ConfigDocument
  /** Paths of unknown keys that were left out. */
  dropped: string[]
}

/**
 * Works out what a document becomes when a body is saved over it: keys of the top level replace what was there, absent
 * and null ones stay, `dashboard` is merged. Nothing is changed here.
 *
 * @throws insufficient_scope, invalid_agent_runner, unsupported_agent_runner, validation_failed, payload_too_large
 */
export function prepareSave(current: JsonObject, sent: unknown, options: PrepareOptions): Prepared {
  const { at, isDefault, byKey } = options
  const body = migrate(readBody(sent, at), options)
  delete body.config_version
  if (isDefault) for (const key of ownOperations) delete body[key]
  if (body.admins_id !== undefined && !options.mayEditAdmins) {
    if (!isDeepStrictEqual(body.admins_id, presentDocument(current).admins_id))
      throw new AstrBotError('insufficient_scope')
  }
  settleRunner(body, options.runnerRequired)

  const { open, problems } = unmasked(body, options)
  const report: CastReport = { problems, dropped: [] }
  const usable = cast(documentRule, open, '', { unknown: 'stored' }, report, current)
  failOn(report.problems, at)
  const change = isJsonObject(usable) ? usable : {}
  // An empty secret is what a form shows to those who may not see it.
  withoutDashboardSecrets(change, value => byKey || value === '')
  if (isJsonObject(change.dashboard)) for (const key of serverKeys) delete change.dashboard[key]
  const next = completeDocument(merged(current, change))
  if (!next.dashboard.totp.enable && body.dashboard !== undefined)
    Object.assign(next.dashboard.totp, { secret: '', recovery_code_hash: '' })
  if (Buffer.byteLength(serialise(next)) > mostBytes) throw new AstrBotError('payload_too_large', { limit: mostBytes })
  return { next, dropped: report.dropped }
}

/** A copy of what was sent, without the keys that are null. */
function readBody(sent: unknown, at: string): JsonObject {
  const value = sent as Json
  if (!isJsonObject(value)) {
    const kind = value === undefined ? 'nothing' : nameOf(kindOf(value))
    failOn([{ path: '', message: `expected an object, got ${kind}` }], at)
    return {}
  }
  const problems: Problem[] = []
  refuseDangerous(value, '', problems)
  failOn(problems, at)
  return Object.fromEntries(Object.entries(structuredClone(value)).filter(([, item]) => item !== null))
}

/**
 * A body with the secrets again that its masks stand for. What an API key sends has all of them from one document, and the
 * addresses beside them, too: otherwise a secret of one profile could be sent where another one says.
 */
function unmasked(body: JsonObject, { maskSources, pepper, byKey }: PrepareOptions) {
  const from = (sources: readonly ReadonlyJsonObject[]) => {
    const problems: Problem[] = []
    const refuse = (path: string, message: string) => problems.push({ path, message })
    const open = unmask(body, { sources, pepper, byKey, refuse })
    const moved = byKey ? addressBesideMask(body, sources[0] ?? {}) : undefined
    if (moved !== undefined) refuse(moved, secretStays)
    return { open, problems }
  }
  const [best] = byKey
    ? maskSources.map(source => from([source])).sort((a, b) => a.problems.length - b.problems.length)
    : []
  return best ?? from(maskSources)
}

function settleRunner(body: JsonObject, required: boolean): void {
  const { agent_runner: runner } = body
  if (runner === undefined && !required) return
  if (!isJsonObject(runner)) throw new AstrBotError('invalid_agent_runner')
  const { runner_type: type } = runner
  if (!isRunnerType(type)) {
    const named = typeof type === 'string' ? type : type === undefined || type === null ? 'None' : JSON.stringify(type)
    throw new AstrBotError('unsupported_agent_runner', { type: named })
  }
}

function merged(current: JsonObject, body: JsonObject): JsonObject {
  const result = { ...structuredClone(current), ...body }
  if (isJsonObject(current.dashboard) && isJsonObject(body.dashboard))
    result.dashboard = deepMerge(current.dashboard, body.dashboard)
  return result
}

function deepMerge(below: JsonObject, above: JsonObject): JsonObject {
  const result = structuredClone(below)
  for (const [key, value] of Object.entries(above)) {
    const old = result[key]
    result[key] = isJsonObject(old) && isJsonObject(value) ? deepMerge(old, value) : value
  }
  return result
}
