import { type operations, operationTable } from '@astrbot/contract'
import { routes } from '@astrbot/contract/routes'
import { type AstrBot, AstrBotError, type Logger } from '@astrbot/core'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Call, Handler } from '../handler.ts'
import type { ServerOptions } from '../options.ts'
import { type BodyLimits, readBody } from './body.ts'
import { bodyLimits } from './body-limits.ts'
import { clientAddress } from './client-address.ts'
import { credentialsOf } from './credentials.ts'
import { errorAnswer } from './errors.ts'
import { EventStream, eventStreamResponse } from './event-stream.ts'
import { inOrderOf } from './key-order.ts'
import { filesOf } from './multipart.ts'
import { refuseOtherPages } from './other-pages.ts'
import { Reply } from './reply.ts'
import { json, securityHeaders } from './respond.ts'
import type { UploadedFile } from './uploaded-file.ts'
import { refuseUnstorable, validate } from './validate.ts'

export type OperationId = keyof operations
export type ServerContext = Context<{ Bindings: HttpBindings; Variables: { requestId: string } }>

/** What every operation of a server shares. */
export interface Surroundings {
  bot: AstrBot
  options: ServerOptions
  log: Logger
}

/** The files that came with a request; what nobody took away disappears when it is over. */
type Uploads = UploadedFile[]

/** In production one of so many answers of an operation is checked, the first one included: a list costs an eighth more with it. */
const checkedOneOf = 16

/** The handler of an operation, or null while it is not built. */
export type AnyHandler = Handler<never> | null

/**
 * Carries one operation out, always in this order: credentials, scope, limits, validation, handler, check of the answer,
 * envelope. A request that fails at one step has not touched the next.
 */
export function operation(id: OperationId, handler: AnyHandler, around: Surroundings) {
  const info = operationTable[id]
  const route = routes[id]
  const { bot } = around
  const limits = bodyLimits(id, bot, around.options)
  let answers = 0

  const carryOut = async (c: ServerContext, params: Record<string, string>, uploads: Uploads): Promise<Response> => {
    const request = c.req.raw
    const url = request.url
    const search = url.indexOf('?')
    const query = search < 0 ? undefined : new URLSearchParams(url.slice(search))
    const trustProxy = bot.config.get().dashboard.trust_proxy_headers
    const call: Call = {
      bot,
      identity: null,
      requestId: c.get('requestId'),
      request,
      address: '',
      basePath: around.options.basePath,
      secure: isSecure(c, trustProxy),
      signal: request.signal,
    }
    if (info.access !== 'public') {
      const credentials = credentialsOf(request, query)
      const bare =
        !credentials.bearer && !credentials.apiKey && (!credentials.cookieToken || info.access === 'optional')
      if (!(info.access === 'optional' && bare))
        call.identity = await bot.auth.authenticate(credentials, info.scope ?? 'system')
      if (credentials.cookieToken) refuseOtherPages(request, around.options.corsOrigins)
    }
    if (handler === null) throw new AstrBotError('not_implemented', { operation: id })
    call.address = clientAddress(c.env.incoming?.socket.remoteAddress, request, trustProxy)

    const input = { params: {}, query: {}, headers: {}, body: undefined as unknown }
    if (route.params) {
      if (info.statuses.includes(422)) refuseUnstorable('path', params)
      else if (Object.values(params).some(value => value.includes('\0') || !value.isWellFormed()))
        throw new AstrBotError('not_found')
      input.params = validate('path', route.params(), params) as object
    }
    if (route.query) {
      const values = query ? queryValues(query) : {}
      refuseUnstorable('query', values)
      input.query = validate('query', route.query(), values) as object
    }
    if (route.headers) input.headers = validate('header', route.headers(), headerValues(id, request)) as object
    if (route.body) input.body = await checkedBody(request, route.body, limits, uploads)

    const answer = await (handler as unknown as (input: unknown, call: Call) => unknown)(input, call)
    if (answer instanceof Response) return answer
    if (answer instanceof EventStream) {
      return eventStreamResponse(
        answer,
        around.options.heartbeatMs,
        new Headers({ ...securityHeaders, 'X-Request-Id': call.requestId }),
      )
    }
    const reply = answer instanceof Reply ? answer : new Reply(answer)
    const envelope = { status: 'ok', message: reply.message, data: reply.data ?? {} }
    if (!around.options.production || answers++ % checkedOneOf === 0) checkAnswer(id, reply.status, envelope, around)
    const headers: Record<string, string> = { 'X-Request-Id': call.requestId }
    const cookies: string[] = []
    for (const [name, value] of reply.headers) {
      if (name === 'Set-Cookie') cookies.push(value)
      else headers[name] = value
    }
    return json(reply.status, envelope, headers, request.headers.get('accept-encoding') ?? undefined, cookies)
  }

  return async (c: ServerContext, params: Record<string, string>): Promise<Response> => {
    const uploads: Uploads = []
    try {
      return await carryOut(c, params, uploads)
    } finally {
      for (const file of uploads) await file.discard()
    }
  }
}

/** The answer to an error of any step. */
export async function refuse(c: ServerContext, error: unknown, log: Logger): Promise<Response> {
  const requestId = c.get('requestId')
  const answer = errorAnswer(error, requestId, c.req.header('accept-language'))
  if (answer.status >= 500 && !(error instanceof AstrBotError) && !isCallerGone(error))
    log.error({ err: error, requestId }, 'unexpected failure')
  return json(answer.status, answer.body, { ...answer.headers, 'X-Request-Id': requestId }, undefined)
}

/** The caller hung up while it was sending: no failure of ours, and nobody hears the answer. */
function isCallerGone(error: unknown): boolean {
  return error instanceof Error && error.message === 'aborted' && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
}

async function checkedBody(
  request: Request,
  body: NonNullable<(typeof routes)[OperationId]['body']>,
  limits: BodyLimits,
  uploads: Uploads,
): Promise<unknown> {
  const value = await readBody(request, body, limits)
  uploads.push(...filesOf(value))
  if (value === undefined && !body.required) return undefined
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'application/json'
  const schema = Object.hasOwn(body.content, type) ? body.content[type] : Object.values(body.content)[0]
  if (!schema || value instanceof Uint8Array) return value
  refuseUnstorable('body', value)
  return body.raw ? value : inOrderOf(value, validate('body', schema(), value))
}

function checkAnswer(id: OperationId, status: number, envelope: unknown, around: Surroundings): void {
  const schema = routes[id].answers?.[status]
  if (!schema) return
  const result = schema().safeParse(envelope)
  if (result.success) return
  const issue = result.error.issues[0]
  const problem = `${id} answered what the contract does not say: ${issue?.path.join('.')}: ${issue?.message}`
  if (!around.options.production) throw new Error(problem)
  around.log.error({ operation: id }, problem)
}

function queryValues(query: URLSearchParams): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {}
  for (const name of new Set(query.keys())) {
    const all = query.getAll(name)
    Object.defineProperty(values, name, { value: all.length === 1 ? all[0] : all, enumerable: true })
  }
  return values
}

const headerNames = new Map<OperationId, string[]>()

function headerValues(id: OperationId, request: Request): Record<string, string> {
  let names = headerNames.get(id)
  if (!names) {
    const schema = routes[id].headers?.() as { shape?: Record<string, unknown> } | undefined
    names = Object.keys(schema?.shape ?? {})
    headerNames.set(id, names)
  }
  const values: Record<string, string> = {}
  for (const name of names) {
    const value = request.headers.get(name)
    if (value !== null) values[name] = value
  }
  return values
}

function isSecure(c: ServerContext, trustProxy: boolean): boolean {
  if (c.req.url.startsWith('https:')) return true
  return trustProxy && c.req.header('x-forwarded-proto')?.split(',')[0]?.trim() === 'https'
}
