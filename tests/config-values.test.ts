import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configPlaces, wrongValues } from './support/config-places.ts'
import { TestServer } from './support/server.ts'

// Every key of the configuration document gets every kind of value it must not have, over HTTP: 422 that names the place,
// and nothing has changed.

let server: TestServer
let params: { config_id: string }
beforeAll(async () => {
  server = await TestServer.start()
  params = { config_id: (await server.call('createConfigProfile', { json: { name: 'guarded' } })).data.conf_id }
})
afterAll(() => server[Symbol.asyncDispose]())

const places = configPlaces()
const groups = Map.groupBy(places, ({ path }) => String(path[0]))

describe('a wrong value', () => {
  it('is tried in every place', () => {
    expect(places.length).toBeGreaterThan(450)
    expect(places.reduce((sum, place) => sum + wrongValues(place).length, 0)).toBeGreaterThan(5000)
  })

  // A named profile checks bots and providers as well.
  it.each([...groups])('in %s is refused and changes nothing', { timeout: 120_000 }, async (_, group) => {
    const before = await server.call('getConfigProfile', { params })
    for (const place of group) {
      for (const value of wrongValues(place)) {
        const answer = await server.call('updateConfigProfileContent', { params, json: place.document(value) })
        const what = `${place.name} = ${JSON.stringify(value)}: ${answer.status} ${answer.message}`
        expect(answer.status, what).toBe(422)
        const told = answer.error.issues?.map(({ path }) => path) ?? []
        expect(
          told.some(path => path.startsWith(`body.${place.name}`)),
          `${what}, told ${told}`,
        ).toBe(true)
      }
    }
    expect((await server.call('getConfigProfile', { params })).data.revision).toBe(before.data.revision)
  })

  it('is refused by the default profile and by a new one too', async () => {
    const revision = (await server.call('getSystemConfig')).data.revision
    const own = ['platform', 'provider', 'provider_sources']
    for (const place of places.filter(({ path }) => path.length > 1 && !own.includes(String(path[0])))) {
      const document = place.document(wrongValues(place)[0])
      const saved = await server.call('updateSystemConfig', { json: document })
      expect(saved.error.issues?.[0]?.path, place.name).toMatch(/^body\./)
      const made = await server.call('createConfigProfile', { json: { config: document } })
      expect(made.error.issues?.[0]?.path, place.name).toMatch(/^body\.config\./)
    }
    expect((await server.call('getSystemConfig')).data.revision).toBe(revision)
    expect((await server.call('listConfigProfiles')).data.info_list).toHaveLength(2)
  })
})
