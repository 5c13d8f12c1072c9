/**
 * Prints the essentials of an OpenAPI file, one operation a line. `openspec/seed-summary.json` was made with it:
 * node scripts/summarise-contract.ts <openapi.yaml> > openspec/seed-summary.json
 */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Document } from './codegen/document.ts'
import { summarise } from './contract/summary.ts'

const file = process.argv[2]
if (file === undefined) throw new Error('Usage: node scripts/summarise-contract.ts <openapi.yaml>')
const lines = Object.entries(summarise(parse(readFileSync(file, 'utf8')) as Document)).map(
  ([id, operation]) => `  ${JSON.stringify(id)}: ${JSON.stringify(operation)}`,
)
console.log(`{\n${lines.join(',\n')}\n}`)
