import { Agent, request } from 'node:http'
import type { StreamsJob, StreamsResult } from './load-types.ts'

/** Reads streams and looks for the first token and the end of each. */
export async function runStreams(job: StreamsJob): Promise<StreamsResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: job.concurrency })
  const result: StreamsResult = { first: [], total: [], tokens: Number.POSITIVE_INFINITY, cpuMs: 0 }
  const before = process.cpuUsage()
  let left = job.count
  await Promise.all(
    Array.from({ length: job.concurrency }, async () => {
      while (left-- > 0) {
        const { first, total, tokens } = await readStream(job, agent)
        result.first.push(first)
        result.total.push(total)
        result.tokens = Math.min(result.tokens, tokens)
      }
    }),
  )
  const { user, system } = process.cpuUsage(before)
  result.cpuMs = (user + system) / 1000
  agent.destroy()
  return result
}

function readStream(
  { url, headers, body, token }: StreamsJob,
  agent: Agent,
): Promise<{ first: number; total: number; tokens: number }> {
  const pattern = new RegExp(token, 'g')
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const call = request(
      url,
      { method: 'POST', agent, headers: { 'Content-Type': 'application/json', ...headers } },
      response => {
        let text = ''
        let first = 0
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (first === 0 && text.search(pattern) >= 0) first = performance.now() - began
        })
        response.on('error', reject)
        response.on('end', () => {
          const total = performance.now() - began
          const tokens = text.match(pattern)?.length ?? 0
          if (response.statusCode === 200 && tokens > 0) resolve({ first, total, tokens })
          else reject(new Error(`${response.statusCode}: ${text.slice(0, 1000)}`))
        })
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}
