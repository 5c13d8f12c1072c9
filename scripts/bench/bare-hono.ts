/** The reference of the bench: the same SQL as the server's, behind Hono and nothing else. Usage: bare-hono.js PORT FILE */
import { createHash } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createAuthStore } from '../../packages/core/src/auth/store.ts'
import { sessionPlace } from '../../packages/core/src/chat/place.ts'
import { countSessions, findSession, listSessions, touchSession } from '../../packages/core/src/chat/store.ts'
import { sessionView } from '../../packages/core/src/chat/views.ts'
import { retitleConversations } from '../../packages/core/src/conversations/store.ts'
import { openStore } from '../../packages/core/src/store/index.ts'

const [port, file] = process.argv.slice(2)
const { db } = await openStore({ file })
const keys = createAuthStore({ db })
const app = new Hono<{ Variables: { keyId: string } }>()

app.get('/healthz', c => c.json({ status: 'ok' }))

app.use(async (c, next) => {
  const digest = createHash('sha256')
    .update(c.req.header('x-api-key') ?? '')
    .digest('hex')
  const key = await keys.findKeyByDigest(digest)
  if (!key) return c.json({ status: 'error' }, 401)
  c.set('keyId', key.key_id)
  return next()
})

app.get('/api/v1/chat/sessions', async c => {
  const filter = { creator: c.req.query('username') ?? '', apiKeyId: c.get('keyId') }
  const size = Number(c.req.query('page_size'))
  const page = Number(c.req.query('page'))
  const rows = await listSessions(db, filter, size, (page - 1) * size)
  const total = await countSessions(db, filter)
  const data = { sessions: rows.map(sessionView), page, page_size: size, total }
  return c.json({ status: 'ok', message: null, data })
})

app.patch('/api/v1/chat/sessions/:id', async c => {
  const { display_name } = await c.req.json<{ display_name: string }>()
  const session = await findSession(db, c.req.param('id'))
  if (session?.api_key_id !== c.get('keyId')) return c.json({ status: 'error' }, 404)
  const { umo } = sessionPlace(session)
  await db.transaction().execute(async transaction => {
    await touchSession(transaction, session.session_id, Date.now(), display_name)
    await retitleConversations(transaction, umo, { from: session.display_name, to: display_name })
  })
  return c.json({ status: 'ok', message: null, data: {} })
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) })
