import { type ChatCaller, type ChatEvent, ownerOf, type Run } from '../chat/index.ts'
import { AstrBotError } from '../errors.ts'
import { chatProviderOf, type SpeechCapability, type SpeechProvider, speechProvider } from '../providers/index.ts'
import type { SessionRules } from '../sessions/index.ts'
import { webchatUmo } from '../umo.ts'
import type { VoiceEvent, VoiceListener } from './events.ts'
import { Sentences } from './sentences.ts'
import { Speaker } from './speaker.ts'
import type { VoiceServices } from './voice.ts'
import { wavOf } from './wav.ts'

/** What a turn begins with. */
export type VoiceInput = { sound: readonly Uint8Array[] } | { text: string }

interface TurnOf {
  caller: ChatCaller
  sessionId: string
  tell: VoiceListener
}

/** Events of a run that are no words of the answer. */
const wordless = new Set(['reasoning', 'tool_call', 'tool_call_result', 'agent_stats', 'tts_stats'])

/** One turn of a voice session: understand, answer, speak. Once aborted it tells nothing more. */
export class VoiceTurn {
  readonly #services: VoiceServices
  readonly #of: TurnOf
  readonly #controller = new AbortController()
  readonly #umo: string
  /** When the input was complete. */
  #begun: number

  constructor(services: VoiceServices, of: TurnOf) {
    this.#services = services
    this.#of = of
    this.#umo = webchatUmo(ownerOf(of.caller), of.sessionId)
    this.#begun = services.clock.now()
  }

  abort(): void {
    this.#controller.abort()
  }

  /** Never throws: failures are told. */
  async carryOut(input: VoiceInput): Promise<void> {
    const { sessions, clock, log } = this.#services
    let answered = false
    try {
      const rules = await sessions.rules(this.#umo)
      const text = 'text' in input ? await this.#read(input.text) : await this.#understand(input.sound, rules)
      if (text !== '') {
        await this.#tell({ type: 'heard', text, at: clock.now() })
        await this.#answer(text, rules)
        answered = true
      }
    } catch (error) {
      if (!this.#aborted) await this.#fail(error)
      if (!(error instanceof AstrBotError) && !this.#aborted) log.error({ err: error }, 'a voice turn failed')
    }
    await this.#tell({ type: 'end' })
    if (answered) await this.#metrics({ wav_to_tts_total_time: this.#elapsed() })
  }

  get #aborted(): boolean {
    return this.#controller.signal.aborted
  }

  async #read(text: string): Promise<string> {
    await this.#metrics({ input_type: 'text' })
    return text
  }

  async #understand(sound: readonly Uint8Array[], rules: SessionRules): Promise<string> {
    const { providers, clock } = this.#services
    const bytes = wavOf(sound)
    const started = this.#begun
    this.#begun = clock.now()
    await this.#metrics({ wav_assemble_time: (this.#begun - started) / 1000, input_type: 'audio' })
    const ears = this.#provider('speech_to_text', rules.provider_perf_speech_to_text)
    if (!ears) throw new AstrBotError('no_speech_to_text')
    const recording = { bytes, name: 'speech.wav', mediaType: 'audio/wav' }
    const text = await providers.transcribe(ears.id, recording, this.#controller.signal)
    await this.#metrics({ stt: ears.type })
    return text.trim()
  }

  async #answer(text: string, rules: SessionRules): Promise<void> {
    const { chat, clock } = this.#services
    const { caller, sessionId } = this.#of
    const { signal } = this.#controller
    signal.throwIfAborted()
    const run = await chat.converse(caller, sessionId, text)
    const stop = () => run.controller.abort()
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    const mouth = this.#mouth(rules)
    const speaker = mouth && this.#speaker(mouth)
    try {
      const answer = await this.#follow(run, speaker)
      await speaker?.finish()
      const times = speaker?.times
      if (mouth && times) {
        await this.#metrics({
          tts_total_time: times.total,
          tts_first_frame_time: times.first,
          tts: mouth.type,
          chat_model: this.#modelName(rules),
        })
      } else if (answer !== '') await this.#tell({ type: 'answer', text: answer, at: clock.now() })
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Reads a run to its end and hands the sentences of the model on. Answers the whole text. */
  async #follow(run: Run, mouth: Speaker | undefined): Promise<string> {
    const sentences = new Sentences()
    let text = ''
    let speaker: Speaker | undefined
    const add = async (piece: string, whole: boolean) => {
      if (piece === '') return
      text += piece
      await this.#tell({ type: 'delta', text: piece })
      for (const sentence of sentences.push(piece)) speaker?.say(sentence)
      if (whole) for (const sentence of sentences.rest()) speaker?.say(sentence)
    }
    for await (const batch of run.follow()) {
      for (const { event } of batch) {
        if (this.#aborted) return text
        // What commands answer is read.
        if (event.type === 'run_started') speaker = mouth
        else if (event.type === 'plain' && !wordless.has(event.chain_type ?? ''))
          await add(event.data, !event.streaming)
        else if (event.type === 'complete' && event.data.startsWith(text))
          await add(event.data.slice(text.length), true)
        else if (event.type === 'agent_stats') await this.#metrics(modelTimes(event))
        else if (event.type === 'error') await this.#tell(failureOf(event))
      }
    }
    for (const sentence of sentences.rest()) speaker?.say(sentence)
    return text
  }

  #speaker({ id }: SpeechProvider): Speaker {
    const { providers, clock } = this.#services
    return new Speaker({
      clock,
      speak: text => providers.speak(id, text, this.#controller.signal),
      tell: event => this.#tell(event),
      onFirst: () => this.#metrics({ speak_to_first_frame: this.#elapsed() }),
      onFailure: error => this.#fail(error),
    })
  }

  #provider(capability: SpeechCapability, ruled: string | null | undefined): SpeechProvider | undefined {
    const { config, profileOf } = this.#services
    return speechProvider({ providers: config.get(), profile: profileOf(this.#umo) }, capability, ruled)
  }

  /** Who speaks, where speech is switched on for the profile or chosen for the session. */
  #mouth(rules: SessionRules): SpeechProvider | undefined {
    const chosen = rules.provider_perf_text_to_speech
    const { enable } = this.#services.profileOf(this.#umo).provider_tts_settings
    if (rules.session_service_config?.tts_enabled === false || !(enable || chosen)) return undefined
    return this.#provider('text_to_speech', chosen)
  }

  #modelName(rules: SessionRules): string {
    const { providers, profileOf } = this.#services
    const providerId = chatProviderOf(providers, rules.provider_perf_chat_completion, profileOf(this.#umo))
    try {
      return providers.chatModel(providerId === undefined ? {} : { providerId }).model
    } catch {
      return ''
    }
  }

  /** Seconds since the input was complete. */
  #elapsed(): number {
    return (this.#services.clock.now() - this.#begun) / 1000
  }

  async #fail(error: unknown): Promise<void> {
    await this.#tell({ type: 'failed', error: error instanceof AstrBotError ? error : new AstrBotError('run_failed') })
  }

  #metrics(metrics: (VoiceEvent & { type: 'metrics' })['metrics']): Promise<void> {
    return this.#tell({ type: 'metrics', metrics })
  }

  async #tell(event: VoiceEvent): Promise<void> {
    if (!this.#aborted) await this.#of.tell(event)
  }
}

function modelTimes({ data }: ChatEvent & { type: 'agent_stats' }) {
  const total = Math.max(0, data.end_time - data.start_time)
  return { llm_ttft: data.time_to_first_token, llm_total_time: total }
}

/** A failure that the run has told already, in its own words. */
function failureOf({ data, code }: ChatEvent & { type: 'error' }): VoiceEvent {
  return { type: 'broke', code: code ?? 'run_failed', text: data }
}
