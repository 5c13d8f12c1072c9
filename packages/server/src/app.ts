import { operationTable } from '@astrbot/contract'
import { type AstrBot, AstrBotError, type Logger } from '@astrbot/core'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { docs } from './docs.ts'
import { handlers } from './handlers/index.ts'
import { matchWithSlashes, methodsOf, routerPath } from './http/match.ts'
import {
  type AnyHandler,
  type OperationId,
  operation,
  refuse,
  type ServerContext,
  type Surroundings,
} from './http/operation.ts'
import { json } from './http/respond.ts'
import { legacyPaths } from './legacy-paths.ts'
import type { ServerOptions } from './options.ts'

type App = Hono<{ Bindings: HttpBindings; Variables: { requestId: string } }>

const requestIdShape = /^[\w.-]{1,128}$/

/** The whole HTTP surface over a bot: every operation of the contract, its older paths, documents and health checks. */
export function createApp(bot: AstrBot, options: ServerOptions, log: Logger): App {
  const app: App = new Hono()
  const around: Surroundings = { bot, options, log }

  app.use(async (c, next) => {
    const given = c.req.header('x-request-id')
    c.set('requestId', given && requestIdShape.test(given) ? given : bot.ids.uuid())
    await next()
  })
  if (options.corsOrigins.length > 0) {
    const exposeHeaders = ['X-Request-Id', 'Retry-After']
    app.use(cors({ origin: options.corsOrigins, credentials: true, maxAge: 600, exposeHeaders }))
  }

  app.get('/healthz', c => json(200, { status: 'ok' }, { 'X-Request-Id': c.get('requestId') }, undefined))
  app.get('/readyz', async c => {
    const problem = await bot.notReady()
    const body = problem === null ? { status: 'ok' } : { status: 'unavailable', reason: problem }
    return json(problem === null ? 200 : 503, body, { 'X-Request-Id': c.get('requestId') }, undefined)
  })
  docs(app, options)

  const run = {} as Record<OperationId, (c: ServerContext, params: Record<string, string>) => Promise<Response>>
  for (const id of Object.keys(operationTable) as OperationId[]) {
    run[id] = operation(id, (handlers as Partial<Record<OperationId, AnyHandler>>)[id] ?? null, around)
    const { method, path } = operationTable[id]
    app.on(method, routerPath(path), c => run[id](c, c.req.param() as Record<string, string>))
  }
  for (const [method, path, id] of legacyPaths)
    app.on(method, path, c => run[id](c, c.req.param() as Record<string, string>))

  app.notFound(async c => {
    const found = matchWithSlashes(c.req.method, c.req.path)
    if (found) return run[found.id](c, found.params).catch((error: unknown) => refuse(c, error, log))
    const allowed = methodsOf(c.req.path)
    if (allowed.length === 0) return refuse(c, new AstrBotError('not_found'), log)
    const answer = await refuse(c, new AstrBotError('method_not_allowed'), log)
    answer.headers.set('Allow', allowed.join(', '))
    return answer
  })
  app.onError((error, c) => refuse(c, error, log))

  if (options.basePath === '') return app
  return new Hono<{ Bindings: HttpBindings; Variables: { requestId: string } }>()
    .mount(options.basePath, (request, env) => app.fetch(request, env))
    .mount('/', (request, env) => app.fetch(request, env))
}
