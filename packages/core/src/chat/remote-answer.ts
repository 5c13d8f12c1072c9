import { type AgentRunner, type RunnerImage, type Runners, runRemoteTurn } from '../agent/runners/index.ts'
import type { Clock } from '../clock.ts'
import { type FileCaller, type Files, referredPicture } from '../files/index.ts'
import type { Logger } from '../log.ts'
import type { LlmMessage } from '../providers/index.ts'
import type { Answer, Question } from './answer.ts'

export interface RemoteAnswerServices {
  runners: Pick<Runners, 'memory' | 'keepConversation'>
  files: Pick<Files, 'attachments'>
  clock: Clock
  log: Logger
}

/** Has an agent at another place answer: it gets the message, its pictures and the variables of the chat, no more. */
export async function remoteAnswer(
  services: RemoteAnswerServices,
  question: Question,
  runner: AgentRunner,
): Promise<Answer> {
  const { runners, files, clock, log } = services
  const { run, userMessage, setting, streaming, publish } = question
  const { runId, umo } = run.info
  const { conversation, variables } = await runners.memory(runner, umo)
  const images = await picturesOf(userMessage, run.info, files)
  const outcome = await runRemoteTurn({
    runner,
    request: { user: umo, prompt: textOf(userMessage), images, variables, conversation, signal: run.controller.signal },
    userMessage,
    keepConversation: id => runners.keepConversation(runner, umo, id),
    streaming,
    runId,
    clock,
    log,
    publish,
  })
  return outcome.error ? { ...outcome, errorText: setting.errorText } : outcome
}

type UserMessage = Extract<LlmMessage, { role: 'user' }>

function textOf({ content }: UserMessage): string {
  if (typeof content === 'string') return content
  return content.flatMap(part => (part.type === 'text' ? part.text : [])).join('\n')
}

/** The pictures that a message refers to, as far as the one who asks may have them. */
async function picturesOf(
  { content }: UserMessage,
  caller: FileCaller,
  { attachments }: Pick<Files, 'attachments'>,
): Promise<RunnerImage[]> {
  if (typeof content === 'string') return []
  const urls = content.flatMap(part => (part.type === 'image_url' ? part.image_url.url : []))
  const ids = urls.map(referredPicture).filter(id => id !== undefined)
  const found = await attachments.resolve(ids, caller, 'sendable')
  const images: RunnerImage[] = []
  for (const id of ids) {
    const attachment = found.get(id)
    const bytes = attachment && (await attachments.bytes(attachment).catch(() => undefined))
    if (attachment && bytes) images.push({ filename: attachment.filename, mediaType: attachment.mime_type, bytes })
  }
  return images
}
