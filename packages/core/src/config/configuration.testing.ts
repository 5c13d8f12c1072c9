import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ManualClock, manualClock } from '@astrbot/testing'
import { systemIds } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import type { Logger } from '../log.ts'
import { createPreferences, globalScope, type Preferences } from '../preferences/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { type ConfigCaller, Configuration, type TotpGate } from './configuration.ts'
import type { Ask } from './save/sandbox.ts'

/** A data folder with a configuration in it. */
export interface ConfigFixture extends AsyncDisposable {
  readonly dataDir: string
  readonly preferences: Preferences
  readonly clock: ManualClock
  /** What was logged, as `level: message`. */
  readonly logged: string[]
  /** Opens the folder, as a start of the program does. */
  open(): Promise<Configuration>
  /** Puts a file into the folder; objects become JSON. */
  write(name: string, content: string | JsonObject): Promise<void>
  /** Reads a JSON file of the folder. */
  read(name: string): Promise<JsonObject>
}

/** The dashboard user. */
export const user: ConfigCaller = { byKey: false, mayEditAdmins: true }
/** An API key with the scope `config`. */
export const key: ConfigCaller = { byKey: true, mayEditAdmins: false }

/** Lets every change of the second factor pass. */
export const openGate: TotpGate = { hasCode: false, approve: () => false, settle: async () => {} }

export async function configFixture(ask: Ask = async () => ({ ok: true, body: null })): Promise<ConfigFixture> {
  const dataDir = await mkdtemp(join(tmpdir(), 'astrbot-configuration-'))
  const clock = manualClock()
  const store: Store = await openStore({ file: join(dataDir, 'astrbot.db'), clock })
  const preferences = createPreferences(store, clock)
  const logged: string[] = []
  const note = (level: string) => (_: object, message: string) => void logged.push(`${level}: ${message}`)
  const log: Logger = { debug() {}, info: note('info'), warn: note('warn'), error: note('error') }
  const path = (name: string) => join(dataDir, name)
  return {
    dataDir,
    preferences,
    clock,
    logged,
    open: () => Configuration.open({ dataDir, preferences, clock, ids: systemIds, log, ask }),
    async write(name, content) {
      await mkdir(dirname(path(name)), { recursive: true })
      await writeFile(path(name), typeof content === 'string' ? content : `\uFEFF${JSON.stringify(content)}`)
    },
    read: async name => JSON.parse((await readFile(path(name), 'utf8')).replace(/^\uFEFF/, '')),
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** Enters named profiles into the table that AstrBot keeps. */
export function mapProfiles(preferences: Preferences, mapping: JsonObject): Promise<void> {
  return preferences.set(globalScope, 'abconf_mapping', mapping)
}
