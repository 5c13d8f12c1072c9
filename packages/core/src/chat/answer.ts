import {
  type AgentSettings,
  agentSettings,
  captionFailed,
  captionOf,
  type FollowUps,
  fullShare,
  openingMessages,
  runAgentTurn,
  sees,
  TurnContext,
  type TurnOutcome,
  tokensOf,
  userMessage,
} from '../agent/index.ts'
import type { Runners } from '../agent/runners/index.ts'
import type { Clock } from '../clock.ts'
import type { Conversations } from '../conversations/index.ts'
import { AstrBotError } from '../errors.ts'
import type { Files } from '../files/index.ts'
import type { Logger } from '../log.ts'
import type { Visit } from '../pipeline/index.ts'
import { type ChatModel, demoProviderId, type LlmMessage, type Providers, sleep } from '../providers/index.ts'
import type { Tools } from '../tools/index.ts'
import { ToolKeep } from './keep.ts'
import { keepsMessages, type Place } from './place.ts'
import { remoteAnswer } from './remote-answer.ts'
import type { Run } from './run.ts'
import type { AnswerOptions } from './runs.ts'
import type { TurnSetting } from './setting.ts'
import { SightedModel } from './sighted-model.ts'
import type { Titles } from './titles.ts'
import type { ChatEvent } from './types.ts'

export interface AnswerServices {
  conversations: Pick<Conversations, 'recall'>
  providers: Pick<Providers, 'chatModel'>
  runners: Pick<Runners, 'of' | 'memory' | 'keepConversation'>
  files: Pick<Files, 'attachments' | 'spool'>
  tools: Pick<Tools, 'offered'>
  followUps: Pick<FollowUps, 'open'>
  clock: Clock
  log: Logger
  titles: Pick<Titles, 'suggest'>
}

/** What the model is asked. */
export interface Question extends AnswerOptions {
  run: Pick<Run, 'info' | 'controller'>
  place: Place
  visit: Visit
  prompt: string
  userMessage: Extract<LlmMessage, { role: 'user' }>
  setting: TurnSetting
  publish(event: ChatEvent): void
}

/** What came of a question. */
export interface Answer extends TurnOutcome {
  /** Told to people in place of the text of the error. */
  errorText?: string | undefined
  /** The attachments that tools made. */
  attachmentIds?: readonly string[]
  /** Who was asked first; absent when nobody could be. */
  by?: { providerId: string; model: string }
}

/** Asks the model of a turn, with everything it has to know. What a model cannot do is an outcome, not an exception. */
export async function answer(services: AnswerServices, question: Question): Promise<Answer> {
  const { run, place, prompt, setting, visit } = question
  const { conversations, files, followUps, clock, log, titles, tools } = services
  const { signal } = run.controller
  const { runId, umo } = run.info
  const settings = agentSettings(visit.config)
  let asked: LlmMessage = question.userMessage
  try {
    signal.throwIfAborted()
    const remote = services.runners.of(visit.config)
    if (remote) return await remoteAnswer(services, question, remote)
    const models = await modelsOf(services, question, settings)
    const [primary] = models
    asked = await told(services, question, primary, settings)
    const caller = { umo, sender: visit.message.sender, role: visit.role }
    const toolbox = await tools.offered(caller, setting.tools)
    const names = toolbox.tools.map(({ name }) => name)
    const opening = openingMessages(setting.character, {
      safety: settings.safety,
      tools: names.length > 0 ? settings.toolSchemaMode : undefined,
      live: place.kind === 'voice',
      cites: keepsMessages(place) && names.some(name => name.startsWith('web_search_')),
      html: question.inlineHtml ?? false,
    })
    // What is over the limit is summarised, so it has to be read; what is only left out need not be.
    const { overflow } = settings.compression
    const room = overflow === 'llm_compress' ? primary.contextTokens : primary.contextTokens * fullShare
    const recalled = await conversations.recall(setting.conversationId, room - tokensOf([...opening, asked]))
    titles.suggest(place, primary, prompt)
    const keep = new ToolKeep(files, run.info, names)
    const outcome = await runAgentTurn({
      models,
      context: new TurnContext(opening, recalled, asked, setting.tokenUsage),
      toolbox,
      settings,
      summariser: overflow === 'llm_compress' ? summariserOf(services, question, primary, settings) : undefined,
      intake: followUps.open(umo, visit.message.sender.id, runId, signal),
      keep,
      streaming: question.streaming,
      signal,
      runId,
      clock,
      log,
      publish: question.publish,
      sleep,
    })
    const by = { providerId: primary.providerId, model: primary.model }
    const answered = { ...outcome, attachmentIds: keep.attachmentIds, by }
    return outcome.error ? { ...answered, errorText: setting.errorText } : answered
  } catch (error) {
    if (signal.aborted) return { status: 'stopped', messages: [asked] }
    if (!(error instanceof AstrBotError)) throw error
    return { status: 'failed', messages: [asked], error }
  }
}

/** The model that answers, and those that stand in for it. Who sees goes first when there is something to see. */
async function modelsOf(
  { providers, files, log }: AnswerServices,
  { run, setting: { providerId }, model, userMessage: { content } }: Question,
  settings: AgentSettings,
): Promise<[ChatModel, ...ChatModel[]]> {
  const chosen = providers.chatModel({ ...(providerId && { providerId }), ...(model && { model }) })
  const others = settings.fallbackProviderIds.flatMap(id => {
    try {
      const other = providers.chatModel({ providerId: id })
      return other.providerId === chosen.providerId ? [] : [other]
    } catch (error) {
      log.warn({ err: error, provider: id }, 'a provider that is to stand in cannot be used')
      return []
    }
  })
  const hasPictures = typeof content !== 'string' && content.some(({ type }) => type === 'image_url')
  const seeing =
    hasPictures && !sees(chosen) && settings.prompt.captionProviderId === '' ? others.find(sees) : undefined
  const first = seeing ?? chosen
  const rest = [...(seeing ? [chosen] : []), ...others.filter(other => other !== first)]
  const sighted = (other: ChatModel) => new SightedModel(other, files, run.info)
  return [sighted(first), ...rest.map(sighted)]
}

/** The message with everything that joins it; pictures in words when the model does not see. */
async function told(
  { providers, files, clock, log }: AnswerServices,
  { run, visit, userMessage: { content } }: Question,
  model: ChatModel,
  { prompt }: AgentSettings,
): Promise<LlmMessage> {
  const { sender, group } = visit.message
  const about = { sender, groupName: group?.name || group?.id, now: clock.now() }
  const pictures = typeof content === 'string' ? [] : content.filter(({ type }) => type === 'image_url')
  if (pictures.length === 0 || sees(model) || prompt.captionProviderId === '')
    return userMessage(content, prompt, about)
  const { signal } = run.controller
  let caption = captionFailed
  try {
    const captioner = providers.chatModel({ providerId: prompt.captionProviderId })
    caption = await captionOf(new SightedModel(captioner, files, run.info), pictures, prompt.captionPrompt, signal)
  } catch (error) {
    signal.throwIfAborted()
    log.warn({ err: error, provider: prompt.captionProviderId }, 'pictures were not described')
  }
  return userMessage(content, prompt, { ...about, caption })
}

function summariserOf(
  { providers, files, log }: AnswerServices,
  { run }: Question,
  model: ChatModel,
  { summaryProviderId }: AgentSettings,
): ChatModel | undefined {
  // The demonstration reads nothing, so it can sum nothing up.
  if (summaryProviderId === '') return model.providerId === demoProviderId ? undefined : model
  try {
    return new SightedModel(providers.chatModel({ providerId: summaryProviderId }), files, run.info)
  } catch (error) {
    log.warn({ err: error, provider: summaryProviderId }, 'the provider for summaries cannot be used')
    return model
  }
}
