import { APIError } from '../errors/api-error.ts'
import type { AstrBotError } from '../errors/astrbot-error.ts'
import { errorFromAnswer } from '../errors/from-answer.ts'
import { knownText } from '../errors/known-texts.ts'
import type { Transport } from '../http/transport.ts'
import type { Loss } from './connection.ts'

/**
 * The error that a refusing frame or closing stands for: of the same classes and codes as over HTTP. Sockets name codes
 * in capitals (`BAD_USER`) and say the rest in a sentence.
 */
export function refusal(message: string, code = ''): APIError {
  const known = knownText(message)
  const unauthorized = code === 'UNAUTHORIZED' || code === ''
  const status = known?.status ?? (unauthorized ? 401 : 400)
  const body = { message, data: { code: known?.code ?? (code.toLowerCase() || 'unauthorized') } }
  return errorFromAnswer(new Response(null, { status }), body)
}

/**
 * Why a connection will not come about, if the server says so. A socket that is refused in the handshake tells programs
 * nothing, so the same credential is tried on a cheap call.
 */
export async function diagnose(transport: Transport, loss: Loss): Promise<AstrBotError | undefined> {
  const turnedAway = loss.code === 1008
  if (loss.opened && !turnedAway) return undefined
  try {
    await transport.call('GET', '/api/v1/chat/configs', { retries: 0 })
  } catch (error) {
    if (error instanceof APIError && [401, 403].includes(error.status)) return error
  }
  return turnedAway ? refusal(loss.reason) : undefined
}
