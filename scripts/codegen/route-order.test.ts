import { operationTable } from '@astrbot/contract'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { matchWithSlashes, routerPath } from '../../packages/server/src/http/match.ts'

type Id = keyof typeof operationTable

const all = Object.keys(operationTable) as Id[]

/** What the server does: the router first, in the order of the table, then the parameters that hold slashes. */
async function ask(method: string, path: string): Promise<{ id: Id; params: Record<string, string> } | undefined> {
  const answer = await app.request(path, { method })
  if (answer.status === 404) return matchWithSlashes(method, new URL(path, 'http://local').pathname)
  return (await answer.json()) as { id: Id; params: Record<string, string> }
}

const app = new Hono()
for (const id of all) {
  const { method, path } = operationTable[id]
  app.on(method, routerPath(path), c => c.json({ id, params: c.req.param() }))
}

/** The path with its parameters filled in as `write` puts them, and what they must come out as. */
function filled(id: Id, choose: (name: string) => string, write: (text: string) => string = encodeURIComponent) {
  const params: Record<string, string> = {}
  const path = operationTable[id].path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const text = choose(name)
    params[name] = text
    return write(text)
  })
  return { path, params }
}

describe('route order', () => {
  it.each([
    ['plain ids', (name: string) => `the-${name}`],
    ['ids with every special character', (name: string) => `a ${name}:?#%+&=é漢.json`],
    ['ids with encoded slashes', (name: string) => `plugins/${name}%2F`],
  ])('every operation answers at its own path, %s', async (_, choose) => {
    for (const id of all) {
      const { path, params } = filled(id, choose)
      expect(await ask(operationTable[id].method, path), path).toEqual({ id, params })
    }
  })

  it('parameters hold slashes as they are where the contract says so', async () => {
    const holding = all.filter(id => operationTable[id].slashes)
    expect(holding.length).toBeGreaterThan(20)
    for (const id of holding) {
      const holds = (name: string) => operationTable[id].slashes?.includes(name) === true
      const { path, params } = filled(id, name => (holds(name) ? `some/${name}/x.txt` : name), encodeURI)
      expect(await ask(operationTable[id].method, path), path).toEqual({ id, params })
    }
  })

  it('fixed words win over ids, and only with their own method', async () => {
    expect((await ask('GET', '/api/v1/plugins/failed'))?.id).toBe('listFailedPlugins')
    expect((await ask('GET', '/api/v1/plugins/market'))?.id).toBe('listPluginMarket')
    expect((await ask('GET', '/api/v1/plugins/failures'))?.id).toBe('getPlugin')
    expect((await ask('DELETE', '/api/v1/plugin-sources/by-id'))?.id).toBe('deletePluginSourceById')
    expect((await ask('PUT', '/api/v1/plugins/failed'))?.id).toBeUndefined()
  })
})
