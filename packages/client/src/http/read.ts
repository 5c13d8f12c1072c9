import { during } from '../errors/astrbot-error.ts'
import { ConnectionError, IdleTimeoutError } from '../errors/call-errors.ts'
import { type Lifetime, within } from './lifetime.ts'

/** An answer whose headers have arrived, with what watches over the rest of it. */
export interface Answer {
  response: Response
  lifetime: Lifetime
  operation: string
  idleTimeout: number
}

/**
 * The bytes of an answer as they arrive. Leaving early closes the connection.
 * @throws IdleTimeoutError, AbortError, ConnectionError when it breaks off
 */
export async function* chunksOf(answer: Answer): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const { response, lifetime, operation } = answer
  const reader = response.body?.getReader()
  try {
    while (reader) {
      const { done, value } = await within(reader.read(), lifetime, answer.idleTimeout, IdleTimeoutError)
      if (done) return
      yield value
    }
  } catch (cause) {
    const { aborted, reason } = lifetime.signal
    throw during(
      operation,
      aborted ? reason : new ConnectionError('The connection broke off in the middle of an answer', cause),
    )
  } finally {
    lifetime.release()
    // Nobody waits for this; a connection that is broken already refuses it.
    reader?.cancel().catch(() => {})
  }
}

/** The whole answer as text. */
export async function readText(answer: Answer): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of chunksOf(answer)) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}

/** The whole answer as a `Blob` of its media type. */
export async function readBlob(answer: Answer): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of chunksOf(answer)) chunks.push(chunk)
  return new Blob(chunks, { type: answer.response.headers.get('content-type') ?? '' })
}
