/**
 * The load generator. A process of its own, so that its CPU time is not the server's. It is sent one job at a time and
 * answers what came of it.
 */
import { runRequests } from './load-requests.ts'
import { runStreams } from './load-streams.ts'
import type { Job } from './load-types.ts'

process.on('message', (job: Job | string) => {
  if (typeof job === 'string') return
  const running = job.kind === 'requests' ? runRequests(job) : runStreams(job)
  running.then(
    result => process.send?.(result),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
setInterval(() => {}, 60_000)
