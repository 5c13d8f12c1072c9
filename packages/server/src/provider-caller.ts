import type { JsonObject, RegistryCaller, Touched } from '@astrbot/core'
import { type Call, caller } from './handler.ts'
import { notice } from './http/notice.ts'
import { Reply } from './http/reply.ts'

/** Who asks for providers, as the registry wants to know it. */
export function registryCaller(call: Call): RegistryCaller {
  return { byKey: caller(call).apiKeyId !== null }
}

/** A checked body as JSON, which is what it was parsed from. */
export function settingsOf(body: object): JsonObject {
  return body as JsonObject
}

/** Nothing but a sentence, which also says what else was touched. */
export function done(call: Call, english: string, chinese: string, touched?: Touched): Reply<Record<string, never>> {
  const { references = 0, providers = 0 } = touched ?? {}
  const parts = [
    ...(providers > 0 ? [[`${providers} provider(s) deleted`, `删除了 ${providers} 个模型提供商`] as const] : []),
    ...(references > 0 ? [[`${references} reference(s) updated`, `更新了 ${references} 处引用`] as const] : []),
  ]
  const all = [[english, chinese] as const, ...parts]
  const message = notice(call, all.map(([text]) => text).join('; '), all.map(([, text]) => text).join('；'))
  return new Reply({}, { message })
}
