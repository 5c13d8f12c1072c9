import type { operations } from '../generated/types.ts'
import type { BodyOf, Data, MaybeOptional, ParamsOf } from '../http/contract-types.ts'
import type { RequestOptions } from '../options.ts'

/** The name of an operation of the contract, sockets included. */
export type OperationName = keyof operations

/** What a call by name takes: `path`, `query`, `header`, `body` and options, in one object. */
export type CallOptions<Name extends OperationName> = ParamsOf<operations[Name]> &
  BodyOf<operations[Name]> &
  RequestOptions

/** What a call by name resolves to; `E` is what an event of its stream looks like. */
export type CallResult<Name extends OperationName, E = unknown> = Data<operations[Name], E>

/** One operation as a function. */
export type Call<Name extends OperationName, E = unknown> = (
  ...options: MaybeOptional<CallOptions<Name>>
) => Promise<CallResult<Name, E>>
