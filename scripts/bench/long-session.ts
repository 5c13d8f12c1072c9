import { makeHome } from './home.ts'
import { Loader } from './loader.ts'
import { figure, type Row } from './row.ts'
import { type Served, startAstrBot, startModel } from './servers.ts'
import { throughServer } from './streams.ts'

const first = 20

/**
 * What a turn costs after many others in its session: with a model that remembers little, so that every turn sends the
 * same, and with one that is sent everything.
 */
export async function longSessionRows(quick: boolean): Promise<Row[]> {
  const turns = quick ? 300 : 2000
  const model = await startModel()
  await using _model = model.child
  const stored = (id: string, contextTokens: number) => ({ id, modelUrl: model.url, contextTokens })
  await using home = await makeHome([], [stored('short', 4096), stored('long', 1_000_000)])
  await using load = new Loader()
  const server = await startAstrBot(home.dataDir)
  await using _server = server.child
  const turnsIn = (sessionId: string, provider: string, count: number) => {
    const more = { session_id: sessionId, selected_provider: provider, message: 'And then?' }
    return costOf(server, () => throughServer(load, server, home.apiKey, more).read('t20d0', count, 1), count)
  }
  await turnsIn('warm', 'short', 200)
  const fresh = await turnsIn('fresh', 'short', first)
  await turnsIn('old', 'short', turns)
  const old = await turnsIn('old', 'short', first)
  const everything = await turnsIn('old', 'long', first)
  const row = (what: string, own: Cost): Row => ({
    what: `${what}: CPU, time`,
    measured: `${figure(own.cpuMs)}, ${figure(own.milliseconds)}`,
    reference: `${figure(fresh.cpuMs)}, ${figure(fresh.milliseconds)} (first ${first})`,
    ratio: own.cpuMs / fresh.cpuMs,
  })
  const bounded = row(`turn after ${turns} in its session, context 4 k`, old)
  return [
    { ...bounded, aim: '≤ 1.5', met: old.cpuMs <= 1.5 * fresh.cpuMs },
    row(`turn after ${turns}, the model is sent them all`, everything),
  ]
}

interface Cost {
  cpuMs: number
  milliseconds: number
}

async function costOf({ child }: Served, work: () => Promise<unknown>, count: number): Promise<Cost> {
  const before = await child.usage()
  const began = performance.now()
  await work()
  const milliseconds = (performance.now() - began) / count
  return { milliseconds, cpuMs: ((await child.usage()).cpuMs - before.cpuMs) / count }
}
