import type { ConfigSnapshot } from '../config/index.ts'
import type { Providers } from './model.ts'
import { preferredProviderId } from './stored-entries.ts'

/**
 * The chat provider of a chat: its own, else that of its profile; undefined for the one of the default profile. One that
 * is gone does not silence a chat.
 */
export function chatProviderOf(
  providers: Pick<Providers, 'list'>,
  own: string | null | undefined,
  profile: ConfigSnapshot,
): string | undefined {
  const wanted = [own, preferredProviderId(profile)].filter(Boolean)
  if (wanted.length === 0) return undefined
  const ids = providers.list().map(({ id }) => id)
  return wanted.find((id): id is string => typeof id === 'string' && ids.includes(id))
}
