import type { Call } from '../handler.ts'
import { prefersChinese } from './errors.ts'

/** A sentence for people, in the language of the caller. */
export function notice(call: Call, english: string, chinese: string): string {
  return prefersChinese(call.request.headers.get('accept-language') ?? undefined) ? chinese : english
}
