/** `pnpm contract:report`: how complete the contract is, what it leaves open and why, and where it leaves the seed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { bundle } from './codegen/bundle.ts'
import { compare } from './contract/compare.ts'
import { explain, type KnownDifferences } from './contract/differences.ts'
import { factsOf } from './contract/facts.ts'
import { openObjects } from './contract/open-objects.ts'
import { type ContractSummary, summarise } from './contract/summary.ts'

const openspec = join(import.meta.dirname, '../openspec')
const document = bundle(join(openspec, 'openapi-v1.yaml'))
const seed = JSON.parse(readFileSync(join(openspec, 'seed-summary.json'), 'utf8')) as ContractSummary
const listed = parse(readFileSync(join(openspec, 'differences.yaml'), 'utf8')) as KnownDifferences[]

const facts = factsOf(document)
const ours = summarise(document)
const newer = facts.operations.filter(id => !(id in seed))
const withErrors = [...facts.errors].filter(([, statuses]) => statuses.length > 0)
const statuses = Object.entries(Object.groupBy([...facts.errors.values()].flat(), status => status))
const open = openObjects(document)
const unexplained = open.filter(({ reason }) => reason === undefined)
const differences = explain(compare(seed, ours), listed)

console.log(
  `operations               ${facts.operations.length} (${facts.operations.length - newer.length} of the seed's ${Object.keys(seed).length}, ${newer.length} newer)`,
)
console.log(
  `  with typed data        ${facts.json.length}; ${facts.other.length} answer without an envelope; ${facts.untyped.length} with untyped data`,
)
for (const id of facts.untyped) console.log(`    ✗ ${id}`)
console.log(
  `  with declared errors   ${withErrors.length}: ${statuses.map(([status, list]) => `${status} × ${list?.length}`).join(', ')}`,
)
for (const [id, list] of facts.errors) if (list.length === 0) console.log(`    ${id} declares none`)
console.log(`  newer than the seed    ${newer.join(', ')}`)
console.log(`named types              ${Object.keys(document.components.schemas).length}`)
console.log(`streams                  ${facts.streams.size}`)
for (const [id, events] of facts.streams) console.log(`  ${id}: ${events.length} kinds of event: ${events.join(', ')}`)
console.log(`sockets                  ${facts.sockets.size}`)
for (const [id, { client, server }] of facts.sockets)
  console.log(`  ${id}: ${client} kinds of client frame, ${server} of server frame`)
console.log(`paged lists              ${facts.paged.size}`)
for (const [id, paging] of facts.paged) console.log(`  ${id}: ${paging}`)
console.log(`open objects             ${open.length}`)
for (const { place, reason } of open)
  console.log(reason === undefined ? `  ✗ ${place}: no reason given` : `  ${place}: ${reason}`)

console.log(`differences from the seed  ${[...differences.known.values()].flat().length}, all others are additions`)
for (const [reason, list] of differences.known) {
  console.log(`  ${reason.trim()}`)
  for (const { place, seed, ours } of list) console.log(`    ${place}: ${seed || '–'} → ${ours || '–'}`)
}
for (const { place, seed, ours } of differences.unlisted)
  console.log(`  ✗ ${place}: ${seed || '–'} → ${ours || '–'} (not listed in openspec/differences.yaml)`)
for (const place of differences.stale)
  console.log(`  ✗ openspec/differences.yaml lists "${place}", which is no difference`)
for (const problem of facts.problems) console.log(`✗ ${problem}`)

const errors =
  facts.problems.length +
  unexplained.length +
  facts.untyped.length +
  differences.unlisted.length +
  differences.stale.length
console.log(errors === 0 ? 'contract: nothing missing' : `contract: ${errors} problems, marked ✗`)
process.exit(errors === 0 ? 0 : 1)
