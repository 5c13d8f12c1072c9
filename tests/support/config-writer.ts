import { writeSync } from 'node:fs'
import { ConfigFile } from '../../packages/core/src/config/config-file.ts'

// Writes the configuration of a data folder, four writers at once, until it is killed. Each counts in a key of its own
// and tells every number that is stored.

const [, , dataDir = ''] = process.argv
const config = await ConfigFile.open(dataDir)

async function write(writer: number): Promise<never> {
  for (;;) {
    const count = await config.update(draft => {
      const counts = draft.no_proxy.map(Number)
      counts[writer] = (counts[writer] ?? 0) + 1
      draft.no_proxy = counts.map(String)
      draft.callback_api_base = 'x'.repeat((counts[writer] * 997) % 20_000)
      return counts[writer]
    })
    writeSync(1, `${writer} ${count}\n`)
  }
}

await Promise.all([0, 1, 2, 3].map(write))
