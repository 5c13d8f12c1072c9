import type { Difference } from './compare.ts'

/** An entry of `differences.yaml`: places, in which `*` stands for any text, and why they differ from the seed. */
export interface KnownDifferences {
  places: string[]
  reason: string
}

export interface Explained {
  /** Differences with their reason, by reason. */
  known: Map<string, Difference[]>
  unlisted: Difference[]
  /** Places that match no difference any more. */
  stale: string[]
}

/** Finds the reason of every difference. The first entry that matches counts. */
export function explain(differences: Difference[], entries: KnownDifferences[]): Explained {
  const patterns = entries.flatMap(({ places, reason }) =>
    places.map(place => ({ place, reason, expression: glob(place), used: false })),
  )
  const known = new Map<string, Difference[]>()
  const unlisted: Difference[] = []
  for (const difference of differences) {
    const matching = patterns.filter(pattern => pattern.expression.test(difference.place))
    for (const pattern of matching) pattern.used = true
    const reason = matching[0]?.reason
    if (reason === undefined) unlisted.push(difference)
    else known.set(reason, [...(known.get(reason) ?? []), difference])
  }
  return { known, unlisted, stale: patterns.filter(pattern => !pattern.used).map(pattern => pattern.place) }
}

function glob(place: string): RegExp {
  return new RegExp(
    `^${place
      .split('*')
      .map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
}
