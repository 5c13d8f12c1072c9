/** Prints which declared statuses the tests have really seen. Usage: node scripts/contract-coverage.ts <directory> */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { operationTable } from '@astrbot/contract'
import { type OpenApiDocument, printCoverage, readCoverage } from '@astrbot/testing'
import { notBuilt } from '../packages/server/src/not-built.ts'

const directory = process.argv[2]
if (directory === undefined) throw new Error('Usage: node scripts/contract-coverage.ts <directory>')

const bundled = join(import.meta.dirname, '../packages/contract/src/generated/openapi.json')
const document = JSON.parse(readFileSync(bundled, 'utf8')) as OpenApiDocument
const missing = new Set<string>(notBuilt)
const all = Object.keys(operationTable)
const built = all.filter(id => !missing.has(id))

const empty = printCoverage(document, readCoverage(directory), built)
console.log(`not built yet: ${missing.size} of ${all.length} operations`)
process.exit(empty === 0 ? 0 : 1)
