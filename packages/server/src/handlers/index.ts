import type { operations } from '@astrbot/contract'
import type { Handler } from '../handler.ts'
import type { NotBuilt } from '../not-built.ts'
import { apiKeys } from './api-keys.ts'
import { auth } from './auth.ts'
import { chat } from './chat.ts'

type Built = { [K in Exclude<keyof operations, NotBuilt>]: Handler<K> }

/** Every operation that is built. A missing, extra or wrongly typed handler does not compile. */
export const handlers: Built = { ...auth, ...apiKeys, ...chat }
