import type { Call, HandlersOf } from '../handler.ts'
import { securityHeaders } from '../http/respond.ts'

export const webhooks: HandlersOf<'Webhooks'> = {
  verifyPlatformWebhook: ({ params }, call) => answer(params.webhook_uuid, 'GET', undefined, call),
  receivePlatformWebhook: ({ params, body }, call) => answer(params.webhook_uuid, 'POST', body, call),
}

/** Hands a callback to the bot it is for, and its answer back, both untouched. */
async function answer(uuid: string, method: 'GET' | 'POST', body: unknown, call: Call): Promise<Response> {
  const { request, bot } = call
  const said = await bot.platforms.webhook(uuid, {
    method,
    query: new URL(request.url).searchParams,
    headers: request.headers,
    body: body instanceof Uint8Array ? body : new Uint8Array(),
  })
  return new Response(said.body, {
    status: said.status ?? 200,
    headers: {
      'Content-Type': said.contentType ?? 'text/plain; charset=utf-8',
      'X-Request-Id': call.requestId,
      ...securityHeaders,
    },
  })
}
