import type { Component } from '../../platforms/index.ts'
import { blockedText, type Censor } from '../stages/content-safety.ts'
import type { Visit } from '../visit.ts'
import { lengthOf, type Reply } from './reply.ts'
import { segmentsOf } from './segments.ts'
import type { Voice } from './voice.ts'

/** Platforms on which an answer is one message. */
const neverSegmented: ReadonlySet<string> = new Set(['qq_official_webhook', 'weixin_official_account', 'dingtalk'])

export interface DecorateServices {
  censor: Censor
  voice: Voice
}

/** A reply as it leaves. */
export interface Decorated {
  chain: Component[]
  /** Whether its pieces are sent one after the other. */
  segmented: boolean
}

/** Makes of a reply what the profile wants to be sent. The order of the steps matters. */
export async function decorate(
  { censor, voice }: DecorateServices,
  visit: Pick<Visit, 'message' | 'config' | 'rules' | 'signal'>,
  reply: Reply,
): Promise<Decorated> {
  const { message, config, signal } = visit
  const { platform_settings: settings, provider_settings, content_safety } = config
  let { chain, reasoning } = reply
  const byModel = reply.by === 'llm'

  if (byModel && content_safety.also_use_in_response && !(await censor(config, textOf(chain), signal))) {
    chain = [{ type: 'plain', text: blockedText }]
    reasoning = ''
  }
  chain = prefixed(chain, settings.reply_prefix)
  const { segmented_reply } = settings
  const segmented =
    segmented_reply.enable && (byModel || !segmented_reply.only_llm_result) && !neverSegmented.has(message.adapter)
  if (segmented) chain = chain.flatMap(part => pieces(part, text => segmentsOf(text, segmented_reply)))
  const spoken = byModel ? await voice(visit, chain) : undefined
  if (spoken) chain = spoken
  else if (provider_settings.display_reasoning_text && reasoning !== '') chain = [thought(reasoning), ...chain]
  if (message.adapter === 'aiocqhttp' && lengthOf(chain) > settings.forward_threshold) {
    const node = { userId: message.selfId, name: 'AstrBot', content: chain }
    return { chain: [{ type: 'nodes', nodes: [node] }], segmented: false }
  }
  return { chain: addressed(chain, visit), segmented }
}

function prefixed(chain: Component[], prefix: string): Component[] {
  const at = prefix === '' ? -1 : chain.findIndex(part => part.type === 'plain')
  return chain.map((part, i) => (i === at && part.type === 'plain' ? { ...part, text: prefix + part.text } : part))
}

function pieces(part: Component, cut: (text: string) => string[]): Component[] {
  return part.type === 'plain' ? cut(part.text).map(text => ({ type: 'plain', text })) : [part]
}

function thought(reasoning: string): Component {
  return { type: 'plain', text: `🤔 思考: ${reasoning}\n\n────\n` }
}

/** Names the sender, or quotes the message, in front of texts and pictures. */
function addressed(chain: Component[], { message, config }: Pick<Visit, 'message' | 'config'>): Component[] {
  const { reply_with_mention, reply_with_quote } = config.platform_settings
  if (chain.length === 0 || chain.some(part => part.type !== 'plain' && part.type !== 'image')) return chain
  const front: Component[] = []
  if (reply_with_quote) front.push({ type: 'reply', messageId: message.messageId })
  if (reply_with_mention && message.type !== 'FriendMessage') {
    front.push({ type: 'at', userId: message.sender.id, name: message.sender.name })
    const [first, ...rest] = chain
    if (first?.type === 'plain') return [...front, { ...first, text: `\n${first.text}` }, ...rest]
  }
  return [...front, ...chain]
}

function textOf(chain: readonly Component[]): string {
  return chain.map(part => (part.type === 'plain' ? part.text : '')).join(' ')
}
