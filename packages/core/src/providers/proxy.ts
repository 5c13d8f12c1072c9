import type { ConfigSnapshot } from '../config/index.ts'
import type { Env } from './environment.ts'

/**
 * The proxy for calls to an address, or an empty text: the provider's own, else the configuration's (`http_proxy`, not
 * for hosts in `no_proxy`), else the environment's. The last two never apply to this machine itself.
 */
export function proxyFor(address: string, own: string, config: ConfigSnapshot, env: Env): string {
  if (own) return own
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || /^(localhost|127\..*|\[::1\])$/.test(url.hostname)) return ''
  if (config.http_proxy) {
    const excepted = config.no_proxy.filter(pattern => typeof pattern === 'string')
    return isExcepted(url.hostname, excepted) ? '' : config.http_proxy
  }
  const variable = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy'
  const proxy = env[variable] || env[variable.toUpperCase()] || ''
  const excepted = (env.no_proxy || env.NO_PROXY || '').split(',').map(pattern => pattern.trim())
  return isExcepted(url.hostname, excepted) ? '' : proxy
}

/** Patterns are whole names, names with `*`, or domains with a leading dot. */
function isExcepted(host: string, patterns: readonly string[]): boolean {
  return patterns.some(pattern => {
    if (pattern === '') return false
    if (pattern.startsWith('.')) return host.endsWith(pattern) || host === pattern.slice(1)
    const glob = pattern
      .split('*')
      .map(part => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
      .join('.*')
    return new RegExp(`^${glob}$`, 'i').test(host)
  })
}
