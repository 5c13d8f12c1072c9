import type { AstrBotError } from '../errors/astrbot-error.ts'
import { AbortError } from '../errors/call-errors.ts'
import type { HttpClient } from '../http/client.ts'
import { createBroadcast } from '../socket/broadcast.ts'
import { connect } from '../socket/connect.ts'
import type { Connection } from '../socket/connection.ts'
import { createGate } from '../socket/gate.ts'
import { refusal } from '../socket/refusal.ts'
import { uuid } from '../socket/uuid.ts'
import { createLine, type Job } from './line.ts'
import { base64Pieces, type Sound, soundBytes } from './sound.ts'
import type { Utterance, VoiceEvent, VoiceOptions, VoiceSession, VoiceSessionEvent, VoiceTurn } from './types.ts'

// Not every runtime that the client supports has the symbol.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')

/**
 * Opens a line to the bot for speech: with an API key `/api/v1/live/ws`, with a dashboard token `/api/v1/live-chat/ws`.
 * @throws TypeError where there is no `WebSocket`
 * @example
 * await using voice = openVoice(client)
 * for await (const sound of voice.speak(recording).audio) play(sound)
 */
export function openVoice(client: HttpClient, options: VoiceOptions = {}): VoiceSession {
  const { transport } = client
  const { token, username: usual, idleTimeout = 60_000 } = transport.options
  const { username = usual, queueLimit = 16 * 1024 * 1024 } = options
  const events = createBroadcast<VoiceSessionEvent>()
  const gate = createGate()
  let connection: Connection
  let refused: AstrBotError | undefined
  // Base64 makes three bytes into four characters.
  const line = createLine({ send: text => connection.send(text), limit: (queueLimit / 3) * 4, idleTimeout })

  connection = connect(transport, options, {
    path: token ? '/api/v1/live-chat/ws' : '/api/v1/live/ws',
    query: token ? {} : { ct: 'live', username },
    ping: '{"t":"ping"}',
    busy: () => false,
    refused: () => refused,
    onReady: gate.open,
    onOpen() {
      events.publish({ type: 'open' })
      line.pump()
    },
    onFrame(frame) {
      if (frame.type === 'error') refused = refusal(String(frame.data), String(frame.code))
      // The boundary: an event is what its `t` says.
      else if (typeof frame.t === 'string') line.take(frame as unknown as VoiceEvent)
    },
    onLost(loss) {
      gate.shut()
      line.lose(loss.error)
    },
    onWait: (attempt, wait, error) => events.publish({ type: 'reconnecting', attempt: attempt + 1, wait, error }),
    onClosed(error) {
      gate.fail(error ?? new AbortError())
      line.end(error)
      events.publish({ type: 'closed', error })
      events.close()
    },
  })

  function record(): [Utterance, Job] {
    const stamp = uuid()
    const job = line.begin()
    job.write({ t: 'start_speaking', stamp })
    const utterance = {
      write(sound: Sound) {
        for (const data of base64Pieces(soundBytes(sound))) job.write({ t: 'speaking_part', data })
      },
      end() {
        job.write({ t: 'end_speaking', stamp })
        job.end()
        return job.turn
      },
      cancel: () => job.cancel(),
    }
    return [utterance, job]
  }

  function speak(sound: Sound | AsyncIterable<Sound>): VoiceTurn {
    const [utterance, job] = record()
    async function run(): Promise<void> {
      for await (const piece of Symbol.asyncIterator in sound ? sound : [sound]) utterance.write(piece)
      utterance.end()
    }
    run().catch(job.cancel)
    return job.turn
  }

  return {
    get state() {
      return connection.state
    },
    get latency() {
      return connection.latency
    },
    listen: () => record()[0],
    speak,
    say(text) {
      const job = line.begin(text)
      job.write({ t: 'text_input', text })
      job.end()
      return job.turn
    },
    interrupt: line.interrupt,
    opened: gate.passed,
    close: () => connection.close(),
    [Symbol.asyncIterator]: () => events.read(),
    [asyncDispose]: () => connection.close(),
  }
}
