import type { Answer } from '../http/read.ts'
import type { CallInit } from '../http/request.ts'
import type { Transport } from '../http/transport.ts'
import { openStream } from '../sse/open-stream.ts'

/** Follows a run that may be going on: from after `position` (an SSE id), or else from a snapshot. */
export function openRun(
  transport: Transport,
  runId: string,
  query: Record<string, unknown>,
  init: CallInit,
  position?: string,
): Promise<Answer> {
  const header = position ? { 'Last-Event-ID': position } : {}
  const params = { path: { run_id: runId }, query, header }
  return openStream(transport, 'GET', '/api/v1/chat/runs/{run_id}/stream', { ...init, params })
}
