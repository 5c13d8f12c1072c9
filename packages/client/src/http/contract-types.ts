import type { PathsByVerb } from '../generated/operations.ts'
import type { RequestOptions } from '../options.ts'

/** Types that read the contract: what a call takes, and what it answers. `O` is one of the generated `operations`. */

export type Verb = keyof PathsByVerb

/** The paths that have this method; streams and sockets aside, which are no question and answer. */
export type PathWith<V extends Verb> = PathsByVerb[V]

/** Path, query and header parameters. */
export type ParamsOf<O> = O extends { parameters: infer P } ? Omit<P, 'cookie'> : object

type ContentOf<O> = O extends { requestBody?: infer B }
  ? [NonNullable<B>] extends [never]
    ? never
    : NonNullable<B> extends { content: infer C }
      ? C
      : never
  : never

type BodyValue<C> = { [M in keyof C]: M extends 'multipart/form-data' ? C[M] | FormData : C[M] }[keyof C]

/** The field `body`, where the operation has one. A body with a `Blob` in it is sent as a form. */
export type BodyOf<O> = [ContentOf<O>] extends [never]
  ? { body?: undefined }
  : O extends { requestBody: unknown }
    ? { body: BodyValue<ContentOf<O>> }
    : { body?: BodyValue<ContentOf<O>> | undefined }

/** Everything a call by path takes: `params`, `body` and options. */
export type Init<O> = (Partial<ParamsOf<O>> extends ParamsOf<O> ? { params?: ParamsOf<O> } : { params: ParamsOf<O> }) &
  BodyOf<O> &
  RequestOptions

/** An argument that may be left out when nothing in it is required. */
export type MaybeOptional<T> = Partial<T> extends T ? [init?: T] : [init: T]

type Unwrapped<T> = T extends { data: infer D } ? D : T

type AnswerOf<R, E> = R extends { content: infer C }
  ? {
      [M in keyof C]: M extends 'application/json'
        ? Unwrapped<C[M]>
        : M extends 'text/event-stream'
          ? AsyncGenerator<E>
          : Blob
    }[keyof C]
  : undefined

/** What a call resolves to: `data` of the envelope, a `Blob`, or the events of a stream. */
export type Data<O, E = unknown> = O extends { responses: infer R }
  ? AnswerOf<R[Extract<keyof R, 200 | 201 | 202>], E>
  : never
