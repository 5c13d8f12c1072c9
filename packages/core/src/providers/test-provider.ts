import { AstrBotError } from '../errors.ts'
import type { Capability } from './adapters.ts'
import type { Speech } from './capabilities/speak/speech.ts'
import { sampleRecording } from './capabilities/transcribe/sample.ts'
import type { Recording } from './capabilities/transcribe/transcribe.ts'
import type { ChatModel } from './model.ts'

/** What a provider can be asked for a trial. */
export interface Trial {
  chat(): ChatModel
  embed(texts: string[]): Promise<unknown>
  rerank(query: string, texts: string[]): Promise<unknown>
  transcribe(recording: Recording): Promise<string>
  speak(text: string): Promise<Speech>
}

/** Milliseconds that a chat model has for its word. */
const chatPatienceMs = 45_000

/** Makes one small call. Answers why it failed, in words, or null. */
export async function tryProvider(capability: string, trial: Trial): Promise<string | null> {
  const way = Object.hasOwn(trials, capability) ? trials[capability as Capability] : undefined
  if (!way) return `There is nothing to test for the capability ${capability}`
  try {
    await way(trial)
    return null
  } catch (error) {
    return wordsOf(error)
  }
}

const trials: Readonly<Record<Capability, (trial: Trial) => Promise<unknown>>> = {
  chat_completion: trial => answerOf(trial.chat()),
  embedding: trial => trial.embed(['astrbot']),
  rerank: trial => trial.rerank('apple', ['apple', 'banana']),
  speech_to_text: trial => trial.transcribe(sampleRecording()),
  text_to_speech: trial => trial.speak('hi'),
}

async function answerOf(model: ChatModel): Promise<void> {
  const signal = AbortSignal.timeout(chatPatienceMs)
  const content = 'Please answer with the single word pong, and nothing else.'
  for await (const _ of model.run({ messages: [{ role: 'user', content }], streaming: false, signal })) {
    // That it comes to an end is all.
  }
}

/** An error of ours says what it was and, where it knows, why. */
export function wordsOf(error: unknown): string {
  if (error instanceof AstrBotError) {
    const { cause } = error.data
    return typeof cause === 'string' && !error.message.includes(cause) ? `${error.message} (${cause})` : error.message
  }
  if (error instanceof Error && error.name === 'TimeoutError')
    return `No answer within ${chatPatienceMs / 1000} seconds`
  return 'The test failed in an unexpected way'
}
