import type { ApiFamily } from './entry.ts'

/** What an adapter type of the configuration means here. */
export interface ProviderKind {
  api: ApiFamily
  baseUrl: string
  /** The base URL of the configuration does not count. */
  fixedBaseUrl?: boolean
  /** An ending of base URLs that `/v1` belongs behind. */
  versionAfter?: string
  bearer?: boolean
  model?: string
  /** Sent with every call, unless the source has its own. */
  headers?: Readonly<Record<string, string>>
}

const openai = (baseUrl: string): ProviderKind => ({ api: 'openai', baseUrl })

/** The chat adapters by type. */
const kinds: Record<string, ProviderKind> = {
  openai_chat_completion: openai('https://api.openai.com/v1'),
  openai_responses: { api: 'responses', baseUrl: 'https://api.openai.com/v1' },
  zhipu_chat_completion: openai('https://open.bigmodel.cn/api/paas/v4'),
  groq_chat_completion: openai('https://api.groq.com/openai/v1'),
  xai_chat_completion: openai('https://api.x.ai/v1'),
  xiaomi_chat_completion: openai('https://api.xiaomimimo.com/v1'),
  longcat_chat_completion: { ...openai('https://api.longcat.chat/openai'), versionAfter: '/openai' },
  aihubmix_chat_completion: openai('https://aihubmix.com/v1'),
  mirarouter_chat_completion: openai('https://api.mirarouter.com/v1'),
  openrouter_chat_completion: {
    ...openai('https://openrouter.ai/api/v1'),
    // By these the vendor tells programs apart.
    headers: { 'http-referer': 'https://github.com/AstrBotDevs/AstrBot', 'x-title': 'AstrBot' },
  },
  ssycloud_chat_completion: openai('https://router.shengsuanyun.com/api/v1'),
  anthropic_chat_completion: { api: 'anthropic', baseUrl: 'https://api.anthropic.com' },
  kimi_code_chat_completion: {
    api: 'anthropic',
    baseUrl: 'https://api.kimi.com/coding',
    model: 'kimi-for-coding',
  },
  minimax_token_plan: {
    api: 'anthropic',
    baseUrl: 'https://api.minimaxi.com/anthropic',
    fixedBaseUrl: true,
    bearer: true,
  },
  xiaomi_token_plan: {
    api: 'anthropic',
    baseUrl: 'https://token-plan-cn.xiaomimimo.com/anthropic',
    fixedBaseUrl: true,
    bearer: true,
  },
  googlegenai_chat_completion: { api: 'google', baseUrl: 'https://generativelanguage.googleapis.com' },
}

/** The adapter of that type, if this program has it. */
export function providerKind(type: string): ProviderKind | undefined {
  return Object.hasOwn(kinds, type) ? kinds[type] : undefined
}

/** A base URL as calls of that kind extend it: no trailing slash, no version or method that they add themselves. */
export function tidyBaseUrl({ api, versionAfter }: ProviderKind, url: string): string {
  const bare = url.trim().replace(/\/+$/, '')
  if (api === 'responses') return bare.replace(/\/responses$/, '')
  if (api === 'openai') {
    const base = bare.replace(/\/chat\/completions$/, '')
    return versionAfter !== undefined && base.endsWith(versionAfter) ? `${base}/v1` : base
  }
  return bare.replace(/\/v1(beta\d*)?$/, '')
}
