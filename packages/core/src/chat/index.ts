export { type ChatCaller, keyUser } from './access.ts'
export { Chat, type ChatServices, type Page, type Resumed, type SendRequest } from './chat.ts'
export type { Run } from './run.ts'
export type { ChatEvent, NumberedEvent, RunStatus } from './types.ts'
