import type { Schemas } from '@astrbot/contract'
import type { Kysely } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Database, Store } from '../store/index.ts'
import { deleteNames, namesOf, renameOrigins, upsertAlias, upsertAutoName } from './store.ts'
import { umoInfo } from './umo-info.ts'

const longestName = 255

/** The names of message origins (UMO): what platforms call them, and what users do. */
export interface Origins {
  /** Origins taken apart and named, in the order given. */
  infos(umos: readonly string[]): Promise<Schemas['UmoInfo'][]>
  /** Keeps the name under which an origin spoke last. */
  noteSpeaker(umo: string, senderId: string, name: string, db?: Kysely<Database>): Promise<void>
  /** Names an origin; a blank alias takes the name away. */
  setAlias(umo: string, senderId: string, alias: string): Promise<void>
  forget(umo: string, db?: Kysely<Database>): Promise<void>
  /** Names follow a user through a change of name; `from` and `to` begin their origins. */
  renameOrigins(from: string, to: string): Promise<void>
}

export function createOrigins({ db }: Pick<Store, 'db'>, clock: Clock): Origins {
  return {
    async infos(umos) {
      const names = await namesOf(db, umos)
      return umos.map(umo => umoInfo(umo, names.get(umo)))
    },
    noteSpeaker: (umo, senderId, name, transaction = db) =>
      upsertAutoName(transaction, umo, tidy(senderId), tidy(name), clock.now()),
    setAlias: (umo, senderId, alias) => upsertAlias(db, umo, tidy(senderId), tidy(alias) || null, clock.now()),
    forget: (umo, transaction = db) => deleteNames(transaction, umo),
    renameOrigins: (from, to) => renameOrigins(db, from, to),
  }
}

function tidy(name: string): string {
  return [...name.trim()].slice(0, longestName).join('')
}
