/** Turns `openspec/` into the generated folders. Usage: node scripts/codegen/main.ts [--check] */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundle } from './bundle.ts'
import { emitClientOperations } from './emit-client.ts'
import { emitConfigSchema } from './emit-config.ts'
import { emitErrors } from './emit-errors.ts'
import { emitRoutes } from './emit-routes.ts'
import { emitSchemas } from './emit-schemas.ts'
import { emitTypes } from './emit-types.ts'
import { normalise } from './normalise.ts'
import { emitOperations } from './operations.ts'

const root = join(import.meta.dirname, '../..')
const contract = join(root, 'packages/contract/src/generated')
const client = join(root, 'packages/client/src/generated')
const banner = '// Generated from openspec/ by `pnpm codegen`. Do not edit.\n/* biome-ignore-all lint: generated */\n'

const document = normalise(bundle(join(root, 'openspec/openapi-v1.yaml')))
const files: Record<string, string> = {
  [join(contract, 'openapi.json')]: `${JSON.stringify(document)}\n`,
  [join(contract, 'types.ts')]: banner + (await emitTypes(document, 'server')),
  [join(contract, 'schemas.ts')]: banner + emitSchemas(document),
  [join(contract, 'routes.ts')]: banner + emitRoutes(document),
  [join(contract, 'operations.ts')]: banner + emitOperations(document),
  [join(contract, 'config-schema.ts')]: banner + emitConfigSchema(document),
  [join(contract, 'errors.ts')]: banner + emitErrors(join(root, 'openspec/errors.yaml')),
  [join(client, 'types.ts')]: banner + (await emitTypes(document, 'client')),
  [join(client, 'operations.ts')]: banner + emitClientOperations(document),
}

let stale = 0
for (const [file, text] of Object.entries(files)) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  stale++
  if (process.argv.includes('--check')) {
    console.error(`${file} is stale`)
    continue
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
if (process.argv.includes('--check') && stale > 0) process.exit(1)
console.log(
  `codegen: ${stale} of ${Object.keys(files).length} files ${stale === 0 ? 'changed (up to date)' : 'written'}`,
)
