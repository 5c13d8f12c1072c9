import { AstrBotError } from '../../../errors.ts'
import type { Adapter } from '../adapter.ts'
import { unreadable } from '../vendor-request.ts'
import { dashscope } from './dashscope.ts'
import { edge } from './edge.ts'
import { gemini, mimo, minimax, openai, volcengine } from './models.ts'
import { azure, elevenlabs, fishaudio } from './platforms.ts'
import { gsv, gsvi } from './self-hosted.ts'
import type { Speech } from './speech.ts'

type Speak = (adapter: Adapter, text: string) => Promise<Speech>

/** How the vendors speak, by adapter type. */
const vendors: Readonly<Record<string, Speak>> = {
  openai_tts_api: openai,
  mimo_tts_api: mimo,
  gemini_tts: gemini,
  minimax_tts_api: minimax,
  volcengine_tts: volcengine,
  elevenlabs_tts_api: elevenlabs,
  fishaudio_tts_api: fishaudio,
  azure_tts: azure,
  edge_tts: edge,
  dashscope_tts: dashscope,
  gsv_tts_selfhost: gsv,
  gsvi_tts_api: gsvi,
}

/**
 * A text, spoken.
 * @throws invalid_provider_type when the adapter cannot speak; what `VendorCaller` throws
 */
export async function speak(adapter: Adapter, text: string): Promise<Speech> {
  const vendor = Object.hasOwn(vendors, adapter.type) ? vendors[adapter.type] : undefined
  if (!vendor) throw new AstrBotError('invalid_provider_type', { type: adapter.type })
  const speech = await vendor(adapter, text)
  if (speech.bytes.length === 0) throw unreadable('The speech is empty')
  return speech
}
