/** A line of the table. */
export interface Row {
  what: string
  measured: string
  /** What the same costs without us, when there is such a thing. */
  reference?: string
  /** Measured by reference; above 1 is more of it, be that good or bad. */
  ratio?: number
  aim?: string
  met?: boolean
}

/** The middle of a list of numbers; of an even count, the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The smallest value that at least `share` of the others do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** A number of milliseconds, megabytes …: three significant digits. */
export function figure(value: number, unit = 'ms'): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  return `${value.toFixed(digits)} ${unit}`
}

/** The table as text, every column as wide as its widest cell. */
export function table(rows: readonly Row[]): string {
  const head = ['row', 'measured', 'reference', 'ratio', 'aim', '']
  const cells = rows.map(({ what, measured, reference = '', ratio, aim = '', met }) => {
    const verdict = met === undefined ? '' : met ? 'ok' : 'MISSED'
    return [what, measured, reference, ratio === undefined ? '' : ratio.toFixed(2), aim, verdict]
  })
  const widths = head.map((name, column) => Math.max(name.length, ...cells.map(line => line[column]?.length ?? 0)))
  const line = (texts: string[]) =>
    texts
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join(' | ')
      .trimEnd()
  return [line(head), widths.map(width => '-'.repeat(width)).join('-|-'), ...cells.map(line)].join('\n')
}
