import { readOperations } from './contract-operations.ts'
import type { OpenApiDocument } from './contract-validators.ts'
import type { Coverage } from './coverage.ts'

/**
 * Prints operation × declared status: `✓` answered in a test, `✗` never, blank not declared.
 * @param implemented the operations to print; those that are not built have nothing to show
 * @param excused cells that cannot be reached in a test, as `operationId status`, marked `–`
 * @returns how many cells are empty
 */
export function printCoverage(
  document: OpenApiDocument,
  coverage: Coverage,
  implemented: readonly string[],
  print: (line: string) => void = line => process.stdout.write(`${line}\n`),
  excused: readonly string[] = [],
): number {
  const operations = readOperations(document)
  const chosen = implemented.map(id => {
    const operation = operations.get(id)
    if (!operation) throw new Error(`${id} is no operation of the contract`)
    return operation
  })
  const statuses = [...new Set(chosen.flatMap(({ answers }) => [...answers.keys()]))].sort((a, b) => a - b)
  const width = Math.max(...chosen.map(({ id }) => id.length), 9)
  let empty = 0
  let covered = 0
  print(`${'operation'.padEnd(width)}  ${statuses.join('  ')}`)
  for (const { id, answers } of chosen) {
    const cells = statuses.map(status => {
      if (!answers.has(status)) return '   '
      if (coverage.has(id, status)) {
        covered++
        return ' ✓ '
      }
      if (excused.includes(`${id} ${status}`)) return ' – '
      empty++
      return ' ✗ '
    })
    print(`${id.padEnd(width)}  ${cells.join('  ')}`.trimEnd())
  }
  print(`contract coverage: ${covered} of ${covered + empty} cells of ${chosen.length} operations, ${empty} empty`)
  return empty
}
