import { randomUUID } from 'node:crypto'
import { VendorFailure } from '../../failure.ts'
import { field, textField } from '../../untrusted.ts'
import { type Adapter, bearer } from '../adapter.ts'
import type { Talk } from '../socket.ts'
import { jsonOf, unreadable } from '../vendor-request.ts'
import { type Speech, soundOf } from './speech.ts'

/** DashScope: Qwen's voices over HTTP, all others over a WebSocket. */
export async function dashscope(adapter: Adapter, text: string): Promise<Speech> {
  const model = adapter.text('model', 'cosyvoice-v1')
  const voice = adapter.text('dashscope_tts_voice')
  return /qwen.*tts/i.test(model)
    ? await qwen(adapter, model, voice, text)
    : await cosyvoice(adapter, model, voice, text)
}

async function qwen(adapter: Adapter, model: string, voice: string, text: string): Promise<Speech> {
  const base = adapter.base('api_base', 'https://dashscope.aliyuncs.com/api/v1')
  const reply = await adapter.ask('api_key', key => ({
    url: `${base}/services/aigc/multimodal-generation/generation`,
    headers: bearer(key),
    json: { model, input: { text, voice: voice || 'Cherry' } },
  }))
  const audio = field(field(jsonOf(reply), 'output'), 'audio')
  const data = textField(audio, 'data')
  if (data) return { bytes: Buffer.from(data, 'base64'), mediaType: 'audio/wav' }
  const made = textField(audio, 'url')
  if (!URL.canParse(made)) throw unreadable('The answer names no file')
  const { host, hostname } = new URL(made)
  if (!hostname.endsWith('.aliyuncs.com') && host !== new URL(base).host)
    throw unreadable('The file is not where the vendor keeps its files')
  // Whoever has the address may read the file: the key stays here.
  return soundOf(await adapter.ask('', () => ({ url: made })), 'audio/wav')
}

async function cosyvoice(adapter: Adapter, model: string, voice: string, text: string): Promise<Speech> {
  const base = adapter
    .base('api_base', 'wss://dashscope.aliyuncs.com')
    .replace(/^http/, 'ws')
    .replace(/\/api\/v1$/, '')
  const { body } = await adapter.ask('api_key', key => ({
    url: `${base}/api-ws/v1/inference`,
    headers: bearer(key),
    talk: taskOf(model, voice || 'loongstella', text),
  }))
  return { bytes: body, mediaType: 'audio/mpeg' }
}

function taskOf(model: string, voice: string, text: string): Talk {
  const task_id = randomUUID()
  const message = (action: string, payload: object) =>
    JSON.stringify({ header: { action, task_id, streaming: 'duplex' }, payload })
  const parameters = { text_type: 'PlainText', voice, format: 'mp3', sample_rate: 22_050 }
  const kind = { task_group: 'audio', task: 'tts', function: 'SpeechSynthesizer' }
  return {
    opening: [message('run-task', { ...kind, model, parameters, input: {} })],
    read(frame, { say, keep }) {
      if (typeof frame !== 'string') {
        keep(frame)
        return false
      }
      const header = field(parsed(frame), 'header')
      switch (textField(header, 'event')) {
        case 'task-started':
          say(message('continue-task', { input: { text } }))
          say(message('finish-task', { input: {} }))
          return false
        case 'task-failed':
          throw new VendorFailure('unreadable', textField(header, 'error_message') || 'The task failed', {
            code: textField(header, 'error_code'),
          })
        default:
          return textField(header, 'event') === 'task-finished'
      }
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new VendorFailure('unreadable', `Not JSON: ${text.slice(0, 80)}`)
  }
}
