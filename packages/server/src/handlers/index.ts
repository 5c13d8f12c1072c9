import type { operations } from '@astrbot/contract'
import type { Handler } from '../handler.ts'
import type { NotBuilt } from '../not-built.ts'
import { apiKeys } from './api-keys.ts'
import { auth } from './auth.ts'
import { botConfigRoutes } from './bot-config-routes.ts'
import { bots } from './bots.ts'
import { chat } from './chat.ts'
import { chatProjects } from './chat-projects.ts'
import { chatThreads } from './chat-threads.ts'
import { configProfiles } from './config-profiles.ts'
import { conversations } from './conversations.ts'
import { files } from './files.ts'
import { im } from './im.ts'
import { openApi } from './open-api.ts'
import { personas } from './personas.ts'
import { providerSources } from './provider-sources.ts'
import { providers } from './providers.ts'
import { sessions } from './sessions.ts'
import { stats } from './stats.ts'
import { systemConfig } from './system-config.ts'
import { webhooks } from './webhooks.ts'

type Built = { [K in Exclude<keyof operations, NotBuilt>]: Handler<K> }

/** Every operation that is built. A missing, extra or wrongly typed handler does not compile. */
export const handlers: Built = {
  ...auth,
  ...apiKeys,
  ...chat,
  ...chatProjects,
  ...chatThreads,
  ...personas,
  ...conversations,
  ...sessions,
  ...files,
  ...providerSources,
  ...providers,
  ...openApi,
  ...stats,
  ...systemConfig,
  ...configProfiles,
  ...botConfigRoutes,
  ...bots,
  ...im,
  ...webhooks,
}
