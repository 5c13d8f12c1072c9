import type { Logger } from '@astrbot/core'
import { pino } from 'pino'

const secretNames = [
  'password',
  'new_password',
  'confirm_password',
  'api_key',
  'apiKey',
  'token',
  'secret',
  'jwt_secret',
  'authorization',
  'cookie',
  'key',
  'access_token',
  'app_secret',
  'client_secret',
  'channel_secret',
  'channel_access_token',
]
// Lengths are bounded, so that a long line that only begins like a token is not gone over again and again.
const secretText =
  /abk_[\w-]{8,}|sk-[\w-]{8,}|eyJ[\w-]{8,2000}\.[\w-]+\.[\w-]+|(?<=[?&][\w-]{0,40}(?:key|token|secret|ticket|password)=)[^&\s"\\]+/g

/** Structured logs on standard output, one JSON object a line. Keys, tokens and passwords are masked wherever they stand. */
export function createLog(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretNames.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '***' },
    },
    { write: (line: string) => void process.stdout.write(line.replace(secretText, '***')) },
  )
}
