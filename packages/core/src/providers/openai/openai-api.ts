import { VendorFailure } from '../failure.ts'
import type { Transport } from '../http-fetch.ts'
import type { ModelEvent } from '../model.ts'
import { listField } from '../untrusted.ts'
import type { VendorApi } from '../vendor-call.ts'
import { AnswerReader, parseAnswer } from './answer-reader.ts'
import { Lessons } from './concessions.ts'
import { answerOf, failureOf, post } from './exchange.ts'
import { requestBody } from './request-body.ts'

/**
 * Chat completions, as OpenAI made them and everyone else serves them.
 *
 * Our own and not the AI SDK's: its chain of five web streams and a schema check for every token costs three to four
 * times the CPU of reading the stream directly, in the place where the server spends most of it.
 */
export function createOpenaiApi(transport: Transport): VendorApi {
  const lessons = new Lessons()
  return {
    async open(call) {
      const { entry, model, request } = call
      const place = `${entry.baseUrl} ${model}`
      const concessions = lessons.of(place)
      for (;;) {
        const response = await post(
          transport,
          call,
          '/chat/completions',
          requestBody(entry, model, request, concessions),
        )
        if (response.ok) return await answerOf(response, request.streaming, new AnswerReader(), readWhole)
        const failure = await failureOf(response)
        if (!lessons.learn(place, concessions, failure, request)) throw failure
      }
    },
  }
}

function readWhole(text: string): ModelEvent[] {
  const answer = parseAnswer(text)
  const reader = new AnswerReader()
  const events: ModelEvent[] = []
  reader.read(answer, events)
  if (listField(answer, 'choices').length === 0) throw new VendorFailure('unreadable', 'The answer has no choices')
  reader.end(events)
  return events
}
