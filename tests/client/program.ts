/**
 * What the packed client must do anywhere: list, ask, stream, fail with types, resume. Runs in Node and in browsers; the result is one
 * JSON object.
 */
export const program = `
import { createClient, isAstrBotError } from '@astrbot/client'
import { operations } from '@astrbot/client/operations'

export async function useClient({ baseUrl, apiKey, wrongKey }) {
  const client = createClient({ baseUrl, apiKey, username: 'packed' })
  const answer = await client.chat.send({ message: 'Hello [[say one two three]]' })
  let streamed = ''
  const stream = client.chat.stream({ sessionId: answer.sessionId, message: 'More [[slow 5 10]]' })
  for await (const text of stream.textStream) streamed += text
  const final = await stream.final()
  const page = await client.get('/api/v1/chat/sessions', { params: { query: { username: 'packed' } } })
  const byName = await operations(client).listChatSessions({ query: { username: 'packed', page_size: 1 } })
  const code = async call => call.then(() => 'none', error => isAstrBotError(error) ? error.code : String(error))
  return {
    text: answer.text,
    streamed,
    final: final.text,
    sessions: page.total,
    byName: byName.sessions.length,
    refused: await code(createClient({ baseUrl, apiKey: wrongKey }).get('/api/v1/chat/sessions', {})),
    missing: await code(client.get('/api/v1/chat/sessions/{session_id}', { params: { path: { session_id: 'nope' } } })),
    broken: await code(client.chat.send({ message: '[[fail 401]]' })),
  }
}
`

/** What it answers. */
export const expected = {
  text: 'one two three',
  streamed: 'w0 w1 w2 w3 w4',
  final: 'w0 w1 w2 w3 w4',
  byName: 1,
  refused: 'invalid_api_key',
  missing: 'session_not_found',
  broken: 'provider_auth_failed',
}
