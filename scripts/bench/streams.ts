import { makeHome } from './home.ts'
import type { StreamsResult } from './load-types.ts'
import { Loader } from './loader.ts'
import { figure, median, quantile, type Row } from './row.ts'
import { type Served, startAstrBot, startModel } from './servers.ts'

const crowd = 100

/** One way to ask for a stream: through the server, or at the model itself. */
interface Way {
  read(model: string, count: number, concurrency: number): Promise<StreamsResult>
}

/** Turns of 200 tokens alone and in a crowd, and a crowd of answers that take a second, against the model itself. */
export async function streamRows(quick: boolean): Promise<Row[]> {
  await using home = await makeHome()
  await using load = new Loader()
  const model = await startModel()
  await using _model = model.child
  const server = await startAstrBot(home.dataDir, model.url)
  await using _server = server.child
  const ours = throughServer(load, server, home.apiKey)
  const direct = atTheModel(load, model)

  const [alone, rounds] = quick ? [20, 2] : [40, 5]
  await ours.read('t200d0', alone, 1) // warms everything up
  await direct.read('t200d0', alone, 1)
  return [
    ...(await together('200 tokens, 1 at once', 't200d0', alone, 1, rounds, { ours, direct, server })),
    ...(await together(`200 tokens, ${crowd} at once`, 't200d0', crowd, crowd, rounds, { ours, direct, server })),
    ...(await together('200 tokens, 200 at once', 't200d0', 200, 200, rounds, { ours, direct, server })),
    ...(await secondLong({ ours, direct }, quick ? 1 : 3)),
  ]
}

interface Ways {
  ours: Way
  direct: Way
}

async function together(
  what: string,
  model: string,
  count: number,
  concurrency: number,
  rounds: number,
  { ours, direct, server }: Ways & { server: Served },
): Promise<Row[]> {
  const own: StreamsResult[] = []
  const other: StreamsResult[] = []
  const cpu: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = await server.child.usage()
    own.push(await ours.read(model, count, concurrency))
    cpu.push(((await server.child.usage()).cpuMs - before.cpuMs) / count)
    other.push(await direct.read(model, count, concurrency))
  }
  const first = median(own.flatMap(result => result.first))
  const total = median(own.flatMap(result => result.total))
  const directFirst = median(other.flatMap(result => result.first))
  const directTotal = median(other.flatMap(result => result.total))
  const directCpu = median(other.map(result => result.cpuMs / count))
  const cpuMs = median(cpu)
  const tokens = Math.min(...own.map(result => result.tokens))
  const isAlone = concurrency === 1
  return [
    {
      what: `${what}: first text`,
      measured: figure(first),
      reference: figure(directFirst),
      ratio: first / directFirst,
      ...(isAlone && { aim: '≤ 10 ms', met: first <= 10 }),
    },
    {
      what: `${what}: whole answer`,
      measured: figure(total),
      reference: figure(directTotal),
      ratio: total / directTotal,
    },
    {
      what: `${what}: CPU a turn, ${tokens} tokens sent`,
      measured: figure(cpuMs),
      reference: `${figure(directCpu)} (reader)`,
      ratio: cpuMs / directCpu,
      aim: '≤ 25 ms, every token',
      met: cpuMs <= 25 && tokens === 200,
    },
  ]
}

async function secondLong({ ours, direct }: Ways, rounds: number): Promise<Row[]> {
  const own: number[] = []
  const other: number[] = []
  for (let round = 0; round < rounds; round++) {
    own.push(quantile((await ours.read('t100d10', crowd, crowd)).total, 0.95))
    other.push(quantile((await direct.read('t100d10', crowd, crowd)).total, 0.95))
  }
  const p95 = median(own)
  const reference = median(other)
  return [
    {
      what: `answer of 1 s, ${crowd} at once: p95`,
      measured: figure(p95),
      reference: figure(reference),
      ratio: p95 / reference,
      aim: '≤ 2 s',
      met: p95 <= 2000,
    },
  ]
}

/** Every turn in a new session. */
export function throughServer(load: Loader, server: Served, apiKey: string, more: Record<string, unknown> = {}): Way {
  return {
    read: (model, count, concurrency) =>
      load.streams({
        url: `${server.url}/api/v1/chat`,
        headers: { 'X-API-Key': apiKey },
        body: JSON.stringify({ username: 'bench', message: 'Count, please.', selected_model: model, ...more }),
        count,
        concurrency,
        token: '"type":"plain","data":"',
      }),
  }
}

function atTheModel(load: Loader, model: Served): Way {
  return {
    read: (name, count, concurrency) =>
      load.streams({
        url: `${model.url}/v1/chat/completions`,
        headers: { Authorization: 'Bearer bench' },
        body: JSON.stringify({ model: name, stream: true, messages: [{ role: 'user', content: 'Count, please.' }] }),
        count,
        concurrency,
        token: '"content":"[^"]',
      }),
  }
}
