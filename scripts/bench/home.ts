import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AstrBot, createAstrBot, openStore } from '../../packages/core/src/index.ts'

/** A data folder with an API key that may chat and configure. */
export interface Home {
  dataDir: string
  apiKey: string
  /** A folder with the same content. */
  copy(): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/** Sessions of a user of the key: `<user>-0` is the first one. */
export interface SeededUser {
  username: string
  sessions: number
}

const rowsAtOnce = 1000

/** A provider stored in the configuration: the scripted model with a context of its own. */
export interface StoredModel {
  id: string
  modelUrl: string
  contextTokens: number
}

/** Makes a data folder; `users` get that many sessions each, `prepare` does what else there is to do. */
export async function makeHome(
  users: SeededUser[] = [],
  models: StoredModel[] = [],
  prepare: (bot: AstrBot) => Promise<void> = async () => {},
): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'astrbot-bench-'))
  const dataDir = join(folder, 'data')
  const bot = await createAstrBot({ dataDir, auth: { initialPassword: 'Bench-passw0rd-1' } })
  await bot.auth.ensureFirstRun()
  const identity = { username: 'astrbot', scopes: ['*'], apiKeyId: null, via: 'jwt' as const }
  const key = await bot.auth.createApiKey({ name: 'bench', scopes: ['chat', 'config', 'provider'] }, identity)
  await bot.config.update(draft => {
    for (const { id, modelUrl, contextTokens } of models) {
      const source = { id: `${id}-source`, type: 'openai_chat_completion', key: ['bench'], api_base: `${modelUrl}/v1` }
      draft.provider_sources.push(source)
      draft.provider.push({
        id,
        enable: true,
        model: 't20d0',
        provider_source_id: source.id,
        max_context_tokens: contextTokens,
      })
    }
  })
  await prepare(bot)
  for (const user of users) await seed(dataDir, key.key_id, user)
  await bot.stop()
  let copies = 0
  return {
    dataDir,
    apiKey: key.api_key,
    async copy() {
      const target = join(folder, `copy-${++copies}`)
      await cp(dataDir, target, { recursive: true })
      return target
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function seed(dataDir: string, keyId: string, { username, sessions }: SeededUser): Promise<void> {
  const store = await openStore({ file: join(dataDir, 'astrbot.db') })
  const began = Date.UTC(2026, 0, 1)
  await store.db.transaction().execute(async transaction => {
    for (let first = 0; first < sessions; first += rowsAtOnce) {
      const rows = Array.from({ length: Math.min(rowsAtOnce, sessions - first) }, (_, i) => ({
        session_id: `${username}-${first + i}`,
        platform_id: 'webchat',
        creator: username,
        api_key_id: keyId,
        display_name: `Session ${first + i}`,
        is_group: 0,
        created_at: began + first + i,
        updated_at: began + first + i,
      }))
      await transaction.insertInto('platform_sessions').values(rows).execute()
    }
  })
  await store.close()
}
