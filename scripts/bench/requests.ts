import { join } from 'node:path'
import { makeHome } from './home.ts'
import { interleaved, Loader } from './loader.ts'
import { figure, type Row } from './row.ts'
import { startAstrBot, startBareHono } from './servers.ts'

const connections = 8
const big = 'many'
const small = 'few'

/** Lists and writes: against the same SQL behind bare Hono, and a long list against a short one. */
export async function requestRows(quick: boolean): Promise<Row[]> {
  const sessions = quick ? 20_000 : 100_000
  const [rounds, milliseconds] = quick ? [3, 700] : [7, 1000]
  await using home = await makeHome([
    { username: big, sessions },
    { username: small, sessions: 100 },
  ])
  await using load = new Loader()
  const ours = await startAstrBot(home.dataDir)
  await using _ours = ours.child
  const bare = await startBareHono(join(await home.copy(), 'astrbot.db'))
  await using _bare = bare.child

  const common = { connections, milliseconds, headers: { 'X-API-Key': home.apiKey } }
  const list = (username: string) => ({
    ...common,
    method: 'GET',
    paths: [`/api/v1/chat/sessions?page=1&page_size=100&username=${username}`],
  })
  const write = {
    ...common,
    method: 'PATCH',
    paths: Array.from({ length: 997 }, (_, i) => `/api/v1/chat/sessions/${big}-${(i * 7919) % sessions}`),
    body: JSON.stringify({ display_name: 'A better name' }),
  }
  const sides = {
    list: () => load.requests(ours, list(big)),
    listBare: () => load.requests(bare, list(big)),
    listShort: () => load.requests(ours, list(small)),
    write: () => load.requests(ours, write),
    writeBare: () => load.requests(bare, write),
  }
  await interleaved(sides, 1) // warms everything up
  const cost = await interleaved(sides, rounds)

  const against = (what: string, own: keyof typeof sides, other: keyof typeof sides): Row[] => {
    const ratio = cost[own].perSecond / cost[other].perSecond
    return [
      {
        what,
        measured: figure(cost[own].perSecond, 'req/s'),
        reference: figure(cost[other].perSecond, 'req/s'),
        ratio,
        aim: '≥ 0.8 of bare Hono',
        met: ratio >= 0.8,
      },
      {
        what: `${what}, CPU`,
        measured: figure(cost[own].cpuMs),
        reference: figure(cost[other].cpuMs),
        ratio: cost[own].cpuMs / cost[other].cpuMs,
        aim: '≤ 0.5 ms',
        met: cost[own].cpuMs <= 0.5,
      },
    ]
  }
  const longToShort = cost.list.cpuMs / cost.listShort.cpuMs
  return [
    ...against(`GET 100 of ${sessions} sessions, API key`, 'list', 'listBare'),
    ...against('PATCH a session, API key', 'write', 'writeBare'),
    {
      what: `GET 100 of ${sessions} sessions against 100 of 100, CPU`,
      measured: figure(cost.list.cpuMs),
      reference: figure(cost.listShort.cpuMs),
      ratio: longToShort,
      aim: '≤ 1.1',
      met: longToShort <= 1.1,
    },
  ]
}
