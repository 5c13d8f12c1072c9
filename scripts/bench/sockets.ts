import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { soundOf, startAudioServer } from '@astrbot/testing'
import { WebSocket, WebSocketServer } from 'ws'
import { makeHome } from './home.ts'
import { figure, median, type Row } from './row.ts'
import { type Served, startAstrBot, startModel } from './servers.ts'

const idleSockets = 1000
const sentence = 'This is what I have to say.'

type Frame = Record<string, unknown>

/** Sockets: the way there and back, a turn, the memory of those that wait, and how long a speaker waits for a voice. */
export async function socketRows(quick: boolean): Promise<Row[]> {
  const audio = await startAudioServer()
  const common = { enable: true, api_key: 'bench', api_base: `${audio.url}/v1` }
  await using home = await makeHome([], [], async bot => {
    await bot.config.update(draft => {
      draft.provider.push({ ...common, id: 'ears', type: 'openai_whisper_api', provider_type: 'speech_to_text' })
      draft.provider.push({ ...common, id: 'mouth', type: 'openai_tts_api', provider_type: 'text_to_speech' })
      draft.provider_tts_settings.enable = true
    })
  })
  const model = await startModel()
  await using _model = model.child
  const server = await startAstrBot(home.dataDir, model.url)
  await using _server = server.child
  const address = (path: string) =>
    `${server.url.replace('http', 'ws')}/api/v1${path}?api_key=${home.apiKey}&username=bench`
  const count = quick ? 20 : 60
  const rows = [
    await roundTrip(address('/chat/ws'), quick ? 500 : 2000),
    ...(await turns(address('/chat/ws'), server, count)),
    await firstAudio(address('/live/ws'), { audioUrl: audio.url, modelUrl: model.url }, count),
    await idle(address('/chat/ws'), server),
  ]
  await audio.stop()
  return rows
}

async function roundTrip(url: string, count: number): Promise<Row> {
  const echo = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  echo.on('connection', socket => socket.on('message', data => socket.send(String(data))))
  await once(echo, 'listening')
  const bare = await open(`ws://127.0.0.1:${(echo.address() as AddressInfo).port}`)
  const ours = await open(url)
  const time = async (socket: WebSocket) => {
    const times: number[] = []
    for (let i = 0; i < count; i++) {
      const began = performance.now()
      socket.send('{"t":"ping"}')
      await once(socket, 'message')
      times.push(performance.now() - began)
      // Below the pace at which a socket is read.
      if (i % 50 === 49) await new Promise(resolve => setTimeout(resolve, 250))
    }
    return median(times)
  }
  await time(ours) // warms everything up
  const [measured, reference] = [await time(ours), await time(bare)]
  for (const socket of [ours, bare]) socket.close()
  echo.close()
  return {
    what: 'socket round trip: ping',
    measured: figure(measured),
    reference: `${figure(reference)} (bare ws)`,
    ratio: measured / reference,
    aim: '≤ 1 ms',
    met: measured <= 1,
  }
}

async function turns(url: string, server: Served, count: number): Promise<Row[]> {
  const socket = await open(url)
  const first: number[] = []
  const total: number[] = []
  let tokens = Number.POSITIVE_INFINITY
  let before = await server.child.usage()
  for (let i = -5; i < count; i++) {
    if (i === 0) before = await server.child.usage()
    const began = performance.now()
    socket.send(JSON.stringify({ username: 'bench', message: 'Count, please.', selected_model: 't200d0' }))
    let heard = 0
    let came = 0
    await until(socket, ({ type, chain_type }) => {
      if (type === 'plain' && chain_type === null && heard++ === 0) came = performance.now() - began
      return type === 'end'
    })
    if (i < 0) continue
    first.push(came)
    total.push(performance.now() - began)
    tokens = Math.min(tokens, heard)
  }
  const cpu = ((await server.child.usage()).cpuMs - before.cpuMs) / count
  socket.close()
  const soon = median(first)
  return [
    { what: 'socket turn of 200 tokens: first text', measured: figure(soon), aim: '≤ 10 ms', met: soon <= 10 },
    { what: 'socket turn of 200 tokens: whole answer', measured: figure(median(total)) },
    {
      what: `socket turn of 200 tokens: CPU, ${tokens} sent`,
      measured: figure(cpu),
      aim: '≤ 25 ms, every token',
      met: cpu <= 25 && tokens === 200,
    },
  ]
}

async function firstAudio(url: string, at: { audioUrl: string; modelUrl: string }, count: number): Promise<Row> {
  const socket = await open(url)
  const sound = soundOf(`[[say ${sentence} ${sentence}]]`)
  const own: number[] = []
  const other: number[] = []
  for (let i = 0; i < count; i++) {
    socket.send(JSON.stringify({ t: 'start_speaking', stamp: i }))
    socket.send(JSON.stringify({ t: 'speaking_part', data: sound.toString('base64') }))
    const began = performance.now()
    socket.send(JSON.stringify({ t: 'end_speaking', stamp: i }))
    let came = 0
    await until(socket, ({ t }) => {
      if (t === 'response' && came === 0) came = performance.now() - began
      return t === 'end'
    })
    if (came === 0) throw new Error('a voice turn was not spoken')
    own.push(came)
    other.push(await directly(at))
  }
  socket.close()
  const [measured, reference] = [median(own), median(other)]
  return {
    what: 'time to first audio',
    measured: figure(measured),
    reference: `${figure(reference)} (hear, ask, speak one after another)`,
    ratio: measured / reference,
    aim: '≤ 30 ms over',
    met: measured - reference <= 30,
  }
}

/** What the three services take by themselves. Hearing is left out: it is a call as short as speaking. */
async function directly({ audioUrl, modelUrl }: { audioUrl: string; modelUrl: string }): Promise<number> {
  const ask = (url: string, body: object) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const began = performance.now()
  const speech = () => ask(`${audioUrl}/v1/audio/speech`, { input: sentence })
  await (await speech()).arrayBuffer()
  const messages = [{ role: 'user', content: `[[say ${sentence} ${sentence}]]` }]
  await (await ask(`${modelUrl}/v1/chat/completions`, { model: 'echo', stream: true, messages })).text()
  await (await speech()).arrayBuffer()
  return performance.now() - began
}

async function idle(url: string, server: Served): Promise<Row> {
  const before = await server.child.usage()
  const sockets: WebSocket[] = []
  for (let i = 0; i < idleSockets; i += 100)
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(url)))))
  const after = await server.child.usage()
  for (const socket of sockets) socket.terminate()
  const each = ((after.rssMb - before.rssMb) * 1024) / idleSockets
  return {
    what: `${idleSockets} idle sockets: memory of each`,
    measured: figure(each, 'KB'),
    aim: '≤ 50 KB',
    met: each <= 50,
  }
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  return socket
}

function until(socket: WebSocket, fits: (frame: Frame) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const hear = (data: unknown) => {
      const frame = JSON.parse(String(data)) as Frame
      const isError = frame.type === 'error' || frame.t === 'error'
      if (!isError && !fits(frame)) return
      socket.off('message', hear)
      if (isError) reject(new Error(String(data)))
      else resolve()
    }
    socket.on('message', hear)
  })
}
