import type { Logger } from '../../log.ts'
import { globalScope, type Preferences } from '../../preferences/index.ts'
import { readAstrBotPreferences } from '../../store/index.ts'

const tables = ['abconf_mapping', 'umop_config_routing']

/**
 * In a data folder that AstrBot made, takes over which profiles and routes there are. Their documents lie in files that
 * both programs read; these two tables lie in its database. What is kept here already counts.
 */
export async function adoptTables(dataDir: string, preferences: Preferences, log: Logger): Promise<void> {
  const known = await preferences.list(globalScope)
  const missing = tables.filter(key => !known.has(key))
  try {
    for (const [key, value] of readAstrBotPreferences(dataDir, missing)) {
      await preferences.set(globalScope, key, value)
      log.info({ table: key }, 'taken over from the database of AstrBot')
    }
  } catch (error) {
    log.warn({ error: String(error) }, "profiles and routes cannot be read from AstrBot's database")
  }
}
