import { createReplayLog } from '../chat/replay-log.ts'
import { fromBase64 } from './sound.ts'
import type { VoiceAnswer, VoiceEvent, VoiceTurn } from './types.ts'
import { VoiceError } from './voice-error.ts'

/** A turn and what puts it together. */
export interface TurnLog {
  readonly turn: VoiceTurn
  /** Takes an event in; `end` is for `finish` to say. */
  add(event: VoiceEvent): void
  finish(): void
  fail(error: unknown): void
}

export function createTurnLog(heard: string, interrupt: () => Promise<void>): TurnLog {
  const log = createReplayLog<VoiceEvent>()
  const answer: VoiceAnswer = { heard, text: '', sounds: 0, interrupted: false, metrics: {} }
  const said = { pieces: '', sentences: '', whole: '' }
  let failure: VoiceError | undefined
  let settle = { resolve(_: VoiceAnswer) {}, reject(_: unknown) {} }
  const finished = new Promise<VoiceAnswer>((resolve, reject) => {
    settle = { resolve, reject }
  })
  // A caller may drop it: that must not end the process.
  finished.catch(() => {})

  async function* audio(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    for await (const event of log.read()) if (event.t === 'response') yield fromBase64(event.data)
    if (failure) throw failure
  }

  return {
    turn: {
      get audio() {
        return audio()
      },
      final: () => finished,
      interrupt,
      [Symbol.asyncIterator]: () => log.read(),
    },
    add(event) {
      log.push(event)
      if (event.t === 'metrics') Object.assign(answer.metrics, event.data)
      else if (event.t === 'user_msg') answer.heard = event.data.text
      else if (event.t === 'bot_delta_chunk') said.pieces += event.data.text
      else if (event.t === 'bot_text_chunk') said.sentences = joined(said.sentences, event.data.text)
      else if (event.t === 'bot_msg') said.whole = event.data.text
      else if (event.t === 'response') answer.sounds++
      else if (event.t === 'stop_play') answer.interrupted = true
      else if (event.t === 'error')
        failure ??= new VoiceError(event.code?.toLowerCase() ?? 'voice_failed', event.data, answer)
      answer.text = said.whole || said.pieces || said.sentences
    },
    finish() {
      log.close()
      if (failure) settle.reject(failure)
      else settle.resolve(answer)
    },
    fail(error) {
      log.close(error)
      settle.reject(error)
    },
  }
}

/** Sentences come without the space between them, which only some scripts write. */
function joined(before: string, sentence: string): string {
  return before + (/[!-~]$/.test(before) && /^\S/.test(sentence) ? ' ' : '') + sentence
}
