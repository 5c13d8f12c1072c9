import type { JsonObject } from '../../json.ts'
import type { Transport } from '../http-fetch.ts'
import { parseAnswer } from '../openai/answer-reader.ts'
import { Lessons } from '../openai/concessions.ts'
import { answerOf, failureOf, post } from '../openai/exchange.ts'
import { ReplayMemory } from '../replay.ts'
import type { VendorApi } from '../vendor-call.ts'
import { responsesBody } from './request-body.ts'
import { ResponseReader } from './response-reader.ts'

/** OpenAI's Responses API, which xAI and DeepSeek serve as well. */
export function createResponsesApi(transport: Transport): VendorApi {
  const lessons = new Lessons()
  const memory = new ReplayMemory<JsonObject[]>()
  return {
    async open(call) {
      const { entry, model, request } = call
      const place = `${entry.baseUrl} ${model}`
      const concessions = lessons.of(place)
      for (;;) {
        const body = responsesBody(entry, model, request, concessions, memory)
        const response = await post(transport, call, '/responses', body)
        const reader = new ResponseReader(memory)
        if (response.ok)
          return await answerOf(response, request.streaming, reader, text => reader.readAll(parseAnswer(text)))
        const failure = await failureOf(response)
        if (!lessons.learn(place, concessions, failure, request)) throw failure
      }
    },
  }
}
