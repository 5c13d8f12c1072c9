export {
  type PlatformAdapter,
  type PlatformHost,
  type PlatformKind,
  UnusableSettings,
  type WebhookAnswer,
  type WebhookCall,
} from './adapter.ts'
export { type BotCaller, type BotFilter, Bots } from './bots.ts'
export { Im } from './im.ts'
export type { BackOff, PlatformInstance, PlatformStatus } from './instance.ts'
export { platformKinds } from './kinds.ts'
export type { Component, ForwardNode, InboundMessage, MessageType } from './message.ts'
export { type MessageListener, Platforms, type PlatformsOptions } from './platforms.ts'
export { webchatKind } from './webchat.ts'
