import { Child, type Usage } from './child.ts'
import type { RequestsJob, RequestsResult, StreamsJob, StreamsResult } from './load-types.ts'
import { median } from './row.ts'
import type { Served } from './servers.ts'

/** What requests cost. */
export interface Cost {
  perSecond: number
  /** Milliseconds of the server's CPU for one request. */
  cpuMs: number
}

/** Sends load from a process of its own. */
export class Loader {
  readonly #child = new Child('scripts/bench/load.ts')

  async requests(server: Served, job: Omit<RequestsJob, 'kind' | 'url'>): Promise<Cost> {
    const before = await server.child.usage()
    const result = await this.#run<RequestsResult>({ kind: 'requests', url: server.url, ...job })
    const after = await server.child.usage()
    const { requests, milliseconds } = result
    return { perSecond: (requests / milliseconds) * 1000, cpuMs: (after.cpuMs - before.cpuMs) / requests }
  }

  async streams(job: Omit<StreamsJob, 'kind'>): Promise<StreamsResult> {
    return this.#run({ kind: 'streams', ...job })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]()
  }

  async #run<Result>(job: RequestsJob | StreamsJob): Promise<Result> {
    const result = await this.#child.ask(job)
    if (typeof result === 'object' && result !== null && 'error' in result) throw new Error(String(result.error))
    return result as Result
  }
}

/** Runs sides in turn, `rounds` times each, and answers the median of every figure of each side. */
export async function interleaved<Side extends string>(
  sides: Record<Side, () => Promise<Cost>>,
  rounds: number,
): Promise<Record<Side, Cost>> {
  const names = Object.keys(sides) as Side[]
  const costs = new Map<Side, Cost[]>(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names) costs.get(name)?.push(await sides[name]())
  }
  const entries = names.map(name => {
    const list = costs.get(name) ?? []
    return [name, { perSecond: median(list.map(cost => cost.perSecond)), cpuMs: median(list.map(cost => cost.cpuMs)) }]
  })
  return Object.fromEntries(entries) as Record<Side, Cost>
}

export type { Usage }
