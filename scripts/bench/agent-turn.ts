import { makeHome } from './home.ts'
import { Loader } from './loader.ts'
import { figure, median, type Row } from './row.ts'
import { startAstrBot, startModel } from './servers.ts'
import { throughServer } from './streams.ts'

const tool = 'send_message_to_user'
const args = JSON.stringify({ messages: [{ type: 'plain', text: 'Still counting.' }] })
/** Two rounds with a tool each, then the answer: the model is read three times. */
const message = `[[tool ${tool} ${args}]] [[tool ${tool} ${args} then That is all.]]`
const reads = 3

/** A turn in which the model calls two tools, one after the other, against reading the model as often. */
export async function agentTurnRows(quick: boolean): Promise<Row[]> {
  await using home = await makeHome()
  await using load = new Loader()
  const model = await startModel()
  await using _model = model.child
  const server = await startAstrBot(home.dataDir, model.url)
  await using _server = server.child
  const ours = throughServer(load, server, home.apiKey, { message })
  const direct = {
    url: `${model.url}/v1/chat/completions`,
    headers: { Authorization: 'Bearer bench' },
    body: JSON.stringify({ model: 'echo', stream: true, messages: [{ role: 'user', content: message }] }),
    concurrency: 1,
    token: 'finish_reason":"tool_calls"',
  }
  const [count, rounds] = quick ? [20, 2] : [40, 5]
  await ours.read('echo', count, 1) // warms everything up
  const own: number[] = []
  const other: number[] = []
  const cpu: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = await server.child.usage()
    own.push(...(await ours.read('echo', count, 1)).total)
    cpu.push(((await server.child.usage()).cpuMs - before.cpuMs) / count)
    other.push(...(await load.streams({ ...direct, count: count * reads })).total)
  }
  const took = median(own)
  const reference = median(other) * reads
  return [
    {
      what: 'agent turn with two tools: time',
      measured: figure(took),
      reference: `${figure(reference)} (model read ${reads} times)`,
      ratio: took / reference,
      aim: '≤ 50 ms',
      met: took <= 50,
    },
    { what: 'agent turn with two tools: CPU', measured: figure(median(cpu)) },
  ]
}
