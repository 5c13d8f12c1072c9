import { type ConfigCaller, grants, type Language, type Saved, type TotpGate, warningText } from '@astrbot/core'
import { type Call, caller, type Input } from './handler.ts'
import { prefersChinese } from './http/errors.ts'
import { notice } from './http/notice.ts'
import { Reply } from './http/reply.ts'

/** The language in which forms are labelled. */
export function languageOf(call: Call): Language {
  return prefersChinese(call.request.headers.get('accept-language') ?? undefined) ? 'zh' : 'en'
}

/** What a caller may see and change of a configuration. */
export function configCaller(call: Call): ConfigCaller {
  const { apiKeyId, scopes } = caller(call)
  return { byKey: apiKeyId !== null, mayEditAdmins: apiKeyId === null || grants(scopes, 'config:edit_admin') }
}

/** An answer that names the revision of the document it shows. */
export function withRevision<T extends { revision?: string }>(data: T, message?: string): Reply<T> {
  const headers: [string, string][] = data.revision === undefined ? [] : [['ETag', `"${data.revision}"`]]
  return new Reply(data, { headers, ...(message !== undefined && { message }) })
}

/** Saves a body over a profile. */
export async function saveProfile(
  id: string,
  { query, headers, body }: Omit<Input<'updateSystemConfig'>, 'params'>,
  call: Call,
): Promise<Reply<{ revision: string; changed: string[]; warnings: string[] }>> {
  const request = {
    body,
    ifMatch: headers['If-Match'],
    dryRun: query.dry_run,
    totp: totpGate(call, headers['X-2FA-Code']),
  }
  const saved: Saved = await call.bot.config.save(id, request, configCaller(call))
  const warnings = saved.warnings.map(warning => warningText(warning, languageOf(call)))
  const message = query.dry_run
    ? notice(call, 'Nothing was saved', '未保存任何更改')
    : notice(call, 'Saved', '保存成功')
  return withRevision({ ...saved, warnings }, message)
}

function totpGate(call: Call, code: string | undefined): TotpGate {
  const { auth } = call.bot
  const identity = caller(call)
  return {
    hasCode: code !== undefined && code.trim() !== '',
    approve: next => auth.approveTotpChange(next, code, identity, call),
    settle: changed => auth.settleTotpChange(changed, identity),
  }
}
