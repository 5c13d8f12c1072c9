import type { ConfigSnapshot } from '../config/index.ts'
import { safeFetch } from '../guards/safe-fetch.ts'
import type { Component } from '../platforms/index.ts'
import { readUmo } from '../umo.ts'
import type { MessageSender } from './send-message.ts'

const mostBytes = 20 * 1024 * 1024
const patienceMs = 60_000

export interface MessageSenderServices {
  platforms: {
    find(id: string): { kind: { type: string; proactive: boolean } } | undefined
    send(umo: string, chain: readonly Component[]): Promise<void>
  }
  profileOf(umo: string): ConfigSnapshot
  /** Reaches public addresses alone: models choose them. */
  fetch: typeof globalThis.fetch
}

/** Takes what models send to the bots that run. */
export function createMessageSender({ platforms, profileOf, fetch }: MessageSenderServices): MessageSender {
  const kindOf = (umo: string) => platforms.find(readUmo(umo).platformId)?.kind
  return {
    canReach: umo => kindOf(umo)?.proactive === true,
    membersReachOthers: umo => !profileOf(umo).provider_settings.computer_use_require_admin,
    async send(umo, components) {
      // Our own chat keeps its files itself; the others are told where to find them.
      const own = kindOf(umo)?.type === 'webchat'
      const chain = own ? await Promise.all(components.map(component => fetched(component, fetch))) : components
      await platforms.send(umo, chain)
    },
  }
}

/** The component with its bytes in place of an address. */
async function fetched(component: Component, fetch: typeof globalThis.fetch): Promise<Component> {
  if (!('file' in component) || !/^https?:/i.test(component.file)) return component
  const policy = { privateAddresses: 'refuse' } as const
  const limits = { policy, maxBytes: mostBytes, timeoutMs: patienceMs, redirects: 3 }
  const { status, headers, body } = await safeFetch(fetch, component.file, {}, limits)
  if (status !== 200) throw new Error(`${component.file} answers with status ${status}`)
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim() || 'application/octet-stream'
  return { ...component, file: `data:${type};base64,${Buffer.from(body).toString('base64')}` }
}
