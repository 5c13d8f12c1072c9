import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeHome } from './home.ts'
import { Loader } from './loader.ts'
import { figure, median, type Row } from './row.ts'
import { type Served, startAstrBot, startBareHono, startModel } from './servers.ts'
import { throughServer } from './streams.ts'

const streams = 100

/** How long a start takes, and what memory is used idle and with many streams open. */
export async function startRows(quick: boolean): Promise<Row[]> {
  await using home = await makeHome()
  const database = join(await home.copy(), 'astrbot.db')
  const model = await startModel()
  await using _model = model.child
  const rounds = quick ? 3 : 7
  const own: Started[] = []
  const bare: Started[] = []
  for (let round = 0; round < rounds; round++) {
    own.push(await start(() => startAstrBot(home.dataDir, model.url)))
    bare.push(await start(() => startBareHono(database)))
  }
  const took = median(own.map(({ milliseconds }) => milliseconds))
  const bareTook = median(bare.map(({ milliseconds }) => milliseconds))
  const idle = median(own.map(({ idleMb }) => idleMb))
  const bareIdle = median(bare.map(({ idleMb }) => idleMb))
  return [
    {
      what: 'start to first answer',
      measured: figure(took),
      reference: `${figure(bareTook)} (bare Hono)`,
      ratio: took / bareTook,
      aim: '≤ 500 ms',
      met: took <= 500,
    },
    {
      what: 'memory idle',
      measured: figure(idle, 'MB'),
      reference: `${figure(bareIdle, 'MB')} (bare Hono)`,
      ratio: idle / bareIdle,
      aim: '≤ 90 MB',
      met: idle <= 90,
    },
    ...(await memoryRows(home.dataDir, home.apiKey, model)),
  ]
}

interface Started {
  milliseconds: number
  idleMb: number
}

async function start(begin: () => Promise<Served>): Promise<Started> {
  const began = performance.now()
  const { child } = await begin()
  await using _child = child
  const milliseconds = performance.now() - began
  await sleep(1000) // what is loaded in the background counts as well
  return { milliseconds, idleMb: (await child.usage()).rssMb }
}

async function memoryRows(dataDir: string, apiKey: string, model: Served): Promise<Row[]> {
  await using load = new Loader()
  const server = await startAstrBot(dataDir, model.url)
  await using _server = server.child
  const ours = throughServer(load, server, apiKey)
  await ours.read('t200d0', 1, 1)
  const before = await server.child.usage()
  const reading = ours.read('t100d10', streams, streams)
  await sleep(700)
  const open = await server.child.usage()
  await reading
  const { peakMb } = await server.child.usage()
  return [
    { what: 'memory of an open stream', measured: figure(((open.rssMb - before.rssMb) / streams) * 1024, 'KB') },
    {
      what: `memory at its peak with ${streams} streams`,
      measured: figure(peakMb, 'MB'),
      aim: '≤ 140 MB',
      met: peakMb <= 140,
    },
  ]
}
