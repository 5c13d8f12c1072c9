import type { Clock } from '../../clock.ts'
import type { ConfigSnapshot } from '../../config/index.ts'
import type { Logger } from '../../log.ts'
import type { Env } from '../environment.ts'
import { createTransport } from '../http-fetch.ts'
import { proxyFor } from '../proxy.ts'
import { FetchedList } from './fetched-list.ts'
import type { ModelCatalogue } from './metadata.ts'

export interface ListOptions {
  catalogue: ModelCatalogue
  dataDir: string
  config: { get(): ConfigSnapshot }
  env: Env
  clock: Clock
  log: Logger
}

/** The list of models that `ASTRBOT_MODELS_URL` names, fetched the way that calls to vendors go. */
export function createModelList({ config, env, ...rest }: ListOptions): FetchedList {
  // The operator names the address: a mirror in the own network is as good as any.
  const policy = { privateAddresses: 'allow' } as const
  const transport = createTransport(policy)
  return new FetchedList({
    ...rest,
    url: env.ASTRBOT_MODELS_URL?.trim(),
    policy,
    send: (input, init) => transport(proxyFor(String(input), '', config.get(), env))(input, init),
  })
}
