import type { BodyOf, Data, MaybeOptional, ParamsOf } from '../http/contract-types.ts'
import type { RequestOptions } from '../options.ts'

/** What a call by name takes: `path`, `query`, `header`, `body` and options, in one object. */
export type CallOptions<O> = ParamsOf<O> & BodyOf<O> & RequestOptions

/** One operation as a function. `E` is what an event of its stream looks like. */
export type Call<O, E = unknown> = (...options: MaybeOptional<CallOptions<O>>) => Promise<Data<O, E>>
