import type { Logger } from '../../log.ts'
import type { Component } from '../../platforms/index.ts'
import type { GroupHistory } from '../groups/group-history.ts'
import type { Sleep } from '../stages/rate-limit.ts'
import type { Visit } from '../visit.ts'
import type { Decorated } from './decorate.ts'
import type { Outlet } from './outlet.ts'
import { pauseBefore } from './pauses.ts'

export interface DeliverServices {
  outlet: Pick<Outlet, 'send'>
  /** Keeps what was said. */
  history: Pick<GroupHistory, 'said'>
  sleep: Sleep
  random(): number
  log: Logger
}

/** Sends a reply, in as many messages as it takes. A message that cannot be sent is logged, and the next one follows. */
export async function deliver(
  { outlet, history, sleep, random, log }: DeliverServices,
  visit: Pick<Visit, 'message' | 'replyTo' | 'config' | 'signal'>,
  { chain, segmented }: Decorated,
): Promise<void> {
  const { replyTo, config, signal } = visit
  const { segmented_reply } = config.platform_settings
  for (const one of segmented ? oneByOne(chain) : together(chain)) {
    if (!one.some(part => part.type !== 'reply' && part.type !== 'at')) continue
    if (segmented) {
      const text = one.find(part => part.type === 'plain')
      try {
        await sleep(pauseBefore(text?.text, segmented_reply, random), signal)
      } catch {
        // Somebody has stopped it.
        return
      }
    }
    try {
      await outlet.send(replyTo, one)
      await history.said(visit, one)
    } catch (error) {
      log.error({ err: error, umo: replyTo }, 'a reply was not sent')
    }
  }
}

/** Every piece is a message; whom it is for goes with the first. */
function oneByOne(chain: readonly Component[]): Component[][] {
  const parts = chain.filter(isSomething)
  const start = parts.findIndex(part => part.type !== 'reply' && part.type !== 'at')
  if (start < 0) return []
  const front = parts.slice(0, start)
  const rest = parts.slice(start).map(part => [part])
  const [first = [], ...others] = rest
  // A recording stands alone.
  if (first[0]?.type === 'record') return rest
  return [[...front, ...first], ...others]
}

/** Recordings first, each alone, then everything else as one message. */
function together(chain: readonly Component[]): Component[][] {
  const parts = chain.filter(isSomething)
  const records = parts.filter(part => part.type === 'record').map(part => [part])
  const others = parts.filter(part => part.type !== 'record')
  return others.length > 0 ? [...records, others] : records
}

function isSomething(part: Component): boolean {
  switch (part.type) {
    case 'plain':
      return part.text.trim() !== ''
    case 'image':
    case 'record':
    case 'video':
    case 'file':
      return part.file !== ''
    case 'nodes':
      return part.nodes.length > 0
    default:
      return true
  }
}
