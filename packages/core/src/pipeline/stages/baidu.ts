import type { Clock } from '../../clock.ts'
import { safeFetch } from '../../guards/safe-fetch.ts'
import { isJsonObject } from '../../json.ts'
import type { Logger } from '../../log.ts'
import type { RemoteCensor } from './content-safety.ts'

const host = 'https://aip.baidubce.com'
const compliant = 1
const limits = { policy: { privateAddresses: 'refuse' }, maxBytes: 64 * 1024, timeoutMs: 10_000 } as const
/** A token is renewed a little before it ends. */
const earlyMs = 60_000

/** Baidu's text censor. Only an explicit verdict passes: a censor that cannot be asked lets nothing through. */
export function baiduCensor(fetch: typeof globalThis.fetch, clock: Clock, log: Logger): RemoteCensor {
  const tokens = new Map<string, { token: string; until: number }>()

  const ask = async (path: string, query: Record<string, string>, body: Record<string, string>, stop: AbortSignal) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const init = { method: 'POST', headers, body: new URLSearchParams(body).toString(), signal: stop }
    const reply = await safeFetch(fetch, `${host}${path}?${new URLSearchParams(query)}`, init, limits)
    const answer: unknown = JSON.parse(new TextDecoder().decode(reply.body))
    return isJsonObject(answer) ? answer : {}
  }

  const tokenFor = async (id: string, secret: string, stop: AbortSignal) => {
    const name = `${id}\n${secret}`
    const known = tokens.get(name)
    if (known && known.until > clock.now()) return known.token
    const credentials = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
    const { access_token: token, expires_in: seconds } = await ask('/oauth/2.0/token', {}, credentials, stop)
    if (typeof token !== 'string') throw new Error('no access token')
    tokens.set(name, { token, until: clock.now() + (Number(seconds) || 0) * 1000 - earlyMs })
    return token
  }

  return async (config, text, stop) => {
    const { api_key, secret_key } = config.content_safety.baidu_aip
    try {
      const access_token = await tokenFor(api_key, secret_key, stop)
      const path = '/rest/2.0/solution/v1/text_censor/v2/user_defined'
      const { conclusionType } = await ask(path, { access_token }, { text }, stop)
      return conclusionType === compliant
    } catch (error) {
      log.warn({ error: String(error) }, 'the Baidu censor did not answer; the text is blocked')
      return false
    }
  }
}
