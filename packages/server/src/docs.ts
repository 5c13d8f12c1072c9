import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { securityHeaders } from './http/respond.ts'
import { notBuilt } from './not-built.ts'
import type { ServerOptions } from './options.ts'

const scalar = 'scalar-standalone.js'
const places = [
  join(import.meta.dirname, scalar),
  join(import.meta.dirname, '../node_modules/@scalar/api-reference/dist/browser/standalone.js'),
]

/**
 * Serves the contract as it stands here (`/api/v1/openapi.json`) and a page to read and try it (`/api/v1/docs`). The
 * page loads nothing from elsewhere.
 */
export function docs(
  app: Hono<{ Bindings: HttpBindings; Variables: { requestId: string } }>,
  options: ServerOptions,
): void {
  let text: Promise<string> | undefined
  app.get('/api/v1/openapi.json', async () => {
    text ??= servedDocument(options.basePath).then(document => JSON.stringify(document))
    return new Response(await text, {
      headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache', ...securityHeaders },
    })
  })
  // AstrBot has a second page, for readers.
  app.on('GET', ['/api/v1/docs', '/api/v1/redoc'], c => {
    const nonce = c.get('requestId').replace(/[^\w-]/g, '')
    return new Response(page(nonce), {
      headers: { 'Content-Type': 'text/html; charset=utf-8', ...securityHeaders, ...pagePolicy(nonce) },
    })
  })
  app.get(`/api/v1/docs/${scalar}`, async () => {
    const file = places.find(existsSync)
    if (!file) return new Response('The API reference was not built in.', { status: 404 })
    const headers = { 'Content-Type': 'text/javascript', 'Cache-Control': 'public, max-age=86400', ...securityHeaders }
    return new Response(new Uint8Array(await readFile(file)), { headers })
  })
}

/** The contract with our address in it, and with 501 declared where an operation is not built yet. */
async function servedDocument(basePath: string): Promise<unknown> {
  // Loaded when first asked for: it is a sixth of the memory and of the time to start.
  const { default: document } = await import('@astrbot/contract/openapi.json', { with: { type: 'json' } })
  const missing = new Set<string>(notBuilt)
  const paths = structuredClone(document.paths) as Record<
    string,
    Record<string, { operationId?: string; responses?: object }>
  >
  for (const item of Object.values(paths)) {
    for (const operation of Object.values(item)) {
      if (!operation.operationId || !missing.has(operation.operationId)) continue
      operation.responses = { ...operation.responses, 501: notImplemented }
    }
  }
  return { ...document, servers: [{ url: basePath || '/' }], paths }
}

const notImplemented = {
  description: 'This server does not carry the operation out yet.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorEnvelope' } } },
}

const page = (nonce: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AstrBot API</title>
</head>
<body>
<div id="app"></div>
<script nonce="${nonce}" src="docs/${scalar}"></script>
<script nonce="${nonce}">
Scalar.createApiReference('#app', { url: 'openapi.json', withDefaultFonts: false, telemetry: false, hideClientButton: true, showDeveloperTools: 'never', agent: { disabled: true } })
</script>
</body>
</html>
`

const pagePolicy = (nonce: string) => ({
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
})
