/**
 * What the packed client must do anywhere: list, ask, stream, fail with types, chat over a socket, upload, talk. Runs in Node and in browsers; the result is one
 * JSON object.
 */
export const program = `
import { createClient, isAstrBotError } from '@astrbot/client'
import { operations } from '@astrbot/client/operations'
import { openSocket } from '@astrbot/client/socket'
import { upload } from '@astrbot/client/upload'
import { openVoice } from '@astrbot/client/voice'

export async function useClient({ baseUrl, apiKey, wrongKey }, WebSocket) {
  const client = createClient({ baseUrl, apiKey, username: 'packed' })
  const answer = await client.chat.send({ message: 'Hello [[say one two three]]' })
  let streamed = ''
  const stream = client.chat.stream({ sessionId: answer.sessionId, message: 'More [[slow 5 10]]' })
  for await (const text of stream.textStream) streamed += text
  const final = await stream.final()
  const page = await client.get('/api/v1/chat/sessions', { params: { query: { username: 'packed' } } })
  const byName = await operations(client).listChatSessions({ query: { username: 'packed', page_size: 1 } })
  const code = async call => call.then(() => 'none', error => isAstrBotError(error) ? error.code : String(error))
  const socket = openSocket(client, { WebSocket })
  const many = await Promise.all(['a', 'b'].map(word => socket.send({ message: '[[say ' + word + ']]' }).text()))
  const bytes = new Uint8Array(1500000).fill(65)
  const progress = []
  const stored = await upload(client, new Blob([bytes]), { name: 'a.txt', onProgress: p => progress.push(p.sent) })
  const attached = await socket.send({ message: '[[say seen]]', attachments: [stored] }).text()
  const { unsent } = await socket.close()
  const voice = openVoice(client, { WebSocket })
  const written = await voice.say('[[say Read aloud.]]').final()
  await voice.close()
  return {
    many,
    progress,
    attached,
    unsent,
    written: written.text,
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
  many: ['a', 'b'],
  progress: [1048576, 1500000],
  attached: 'seen',
  unsent: [],
  written: 'Read aloud.',
  text: 'one two three',
  streamed: 'w0 w1 w2 w3 w4',
  final: 'w0 w1 w2 w3 w4',
  byName: 1,
  refused: 'invalid_api_key',
  missing: 'session_not_found',
  broken: 'provider_auth_failed',
}
