import fc, { type GeneratorValue } from 'fast-check'

/** A source of choices that fast-check steers, repeats and shrinks. */
export interface Draw {
  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number
  /** True in one of `n` cases. */
  oneIn(n: number): boolean
  pick<T>(list: readonly T[]): T
  /** A text that the pattern takes. */
  matching(pattern: string): string
}

const expressions = new Map<string, fc.Arbitrary<string>>()

function matching(pattern: string): fc.Arbitrary<string> {
  const known = expressions.get(pattern) ?? fc.stringMatching(new RegExp(pattern))
  expressions.set(pattern, known)
  return known
}

export function drawFrom(g: GeneratorValue): Draw {
  const integer = (min: number, max: number) => g(fc.integer, { min, max })
  return {
    integer,
    oneIn: n => integer(1, n) === n,
    pick(list) {
      const chosen = list[integer(0, list.length - 1)]
      if (chosen === undefined) throw new Error('nothing to pick from')
      return chosen
    },
    matching: pattern => g(matching, pattern),
  }
}
