import { type ErrorCode, errorCatalogue } from '@astrbot/contract'

/** What fills the `{placeholders}` of an error's sentence. */
export type ErrorParams = Readonly<Record<string, string | number>>

/**
 * A failure the caller is told about. The code decides HTTP status and sentence (see the error catalogue of the
 * contract); `data` joins the code under `data` of the answer.
 *
 * @example throw new AstrBotError('session_not_found', { id })
 */
export class AstrBotError extends Error {
  override readonly name = 'AstrBotError'
  readonly code: ErrorCode
  readonly params: ErrorParams
  readonly data: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    params: ErrorParams = {},
    data: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(fill(errorCatalogue[code].en, params), options)
    this.code = code
    this.params = params
    this.data = data
  }
}

function fill(sentence: string, params: ErrorParams): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}
