import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

const running: { close(): void }[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.close()
})

/** A server of one vendor's habits; gives its address and the bodies that it saw. It stops with the test. */
export async function serve(
  answer: (body: Record<string, unknown>, count: number) => { status?: number; type?: string; text: string },
) {
  const bodies: Record<string, unknown>[] = []
  const paths: string[] = []
  const listener: RequestListener = async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const body = JSON.parse(text)
    bodies.push(body)
    paths.push(`${request.url} ${request.headers['api-key'] ?? ''}`)
    const { status = 200, type = 'text/event-stream', text: reply } = answer(body, bodies.length)
    response.writeHead(status, { 'content-type': type }).end(reply)
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  running.push({ close: () => server.closeAllConnections() ?? server.close() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, paths }
}

/** One piece of a stream. */
export const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
/** A whole stream that says hello. */
export const hello = `${chunk({ content: 'hello' })}${chunk({}, 'stop')}data: [DONE]\n\n`
/** A refusal in these words. */
export const refusal = (message: string) => ({
  status: 400,
  type: 'application/json',
  text: JSON.stringify({ error: { message } }),
})
