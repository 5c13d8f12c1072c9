import type { AstrBot } from '../../packages/core/src/index.ts'
import { makeHome } from './home.ts'
import { figure, median, type Row } from './row.ts'
import { startAstrBot } from './servers.ts'

const providers = 500
const profileBytes = 200_000

/** Big configurations: a profile of 200 KB, a list of 500 providers. */
export async function configRows(quick: boolean): Promise<Row[]> {
  const rounds = quick ? 20 : 100
  const models = Array.from({ length: providers }, (_, i) => ({
    id: `vendor-${i}/model`,
    modelUrl: 'http://127.0.0.1:9',
    contextTokens: 0,
  }))
  let profile = ''
  const prepare = async ({ config }: AstrBot) => {
    const settings = { provider_settings: { prompt_prefix: 'x'.repeat(profileBytes) } }
    profile = await config.create({ name: 'big', config: settings }, { byKey: false, mayEditAdmins: true })
  }
  await using home = await makeHome([], models, prepare)
  const server = await startAstrBot(home.dataDir)
  await using _server = server.child

  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { 'X-API-Key': home.apiKey, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as { data: { config: Record<string, unknown> } }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer.data
  }
  const time = async (act: (round: number) => Promise<unknown>) => {
    const times: number[] = []
    for (let round = -5; round < rounds; round++) {
      const began = performance.now()
      await act(round)
      if (round >= 0) times.push(performance.now() - began)
    }
    return median(times)
  }
  const row = (what: string, measured: number, aim: number): Row => ({
    what,
    measured: figure(measured),
    aim: `≤ ${aim} ms`,
    met: measured <= aim,
  })

  const path = `/config-profiles/${profile}`
  const { config } = await call('GET', path)
  const read = await time(() => call('GET', path))
  const saved = await time(round => call('PUT', path, { ...config, wake_prefix: [`/${round}`] }))
  const listed = await time(() => call('GET', '/providers'))
  const switched = await time(round =>
    call('PATCH', '/providers/enabled', { provider_id: 'vendor-7/model', enabled: round % 2 === 0 }),
  )
  return [
    row('GET a profile of 200 KB', read, 20),
    row('PUT a profile of 200 KB, synced to disk', saved, 100),
    row(`GET ${providers} providers`, listed, 50),
    row(`PATCH one of ${providers} providers, synced to disk`, switched, 100),
  ]
}
