import { AstrBotError } from '../../../errors.ts'
import { field, listField, textField } from '../../untrusted.ts'
import { type Adapter, bearer, versioned } from '../adapter.ts'
import { jsonOf } from '../vendor-request.ts'

/** Something recorded. */
export interface Recording {
  bytes: Uint8Array
  /** Vendors go by its extension. */
  name: string
  mediaType: string
}

type Transcribe = (adapter: Adapter, recording: Recording) => Promise<string>

/** How the vendors write down what they hear, by adapter type. */
const vendors: Readonly<Record<string, Transcribe>> = {
  openai_whisper_api: (adapter, recording) => whisper(adapter, recording, 'https://api.openai.com/v1'),
  xinference_stt: (adapter, recording) => whisper(adapter, recording, 'http://127.0.0.1:9997/v1'),
  mimo_stt_api: mimo,
}

/**
 * What was said in a recording.
 * @throws invalid_provider_type when the adapter cannot hear; what `VendorCaller` throws
 */
export function transcribe(adapter: Adapter, recording: Recording): Promise<string> {
  const vendor = Object.hasOwn(vendors, adapter.type) ? vendors[adapter.type] : undefined
  if (!vendor) throw new AstrBotError('invalid_provider_type', { type: adapter.type })
  return vendor(adapter, recording)
}

async function whisper(adapter: Adapter, { bytes, name, mediaType }: Recording, fallback: string): Promise<string> {
  const base = versioned(adapter.base('api_base', fallback).replace(/\/audio\/transcriptions$/, ''))
  const form = new FormData()
  form.set('model', adapter.text('model', 'whisper-1'))
  form.set('file', new Blob([Uint8Array.from(bytes)], { type: mediaType }), name)
  // The platform writes the form; what it wrote can be sent more than once.
  const written = new Response(form)
  const type = written.headers.get('content-type') ?? 'multipart/form-data'
  const body = new Uint8Array(await written.arrayBuffer())
  const reply = await adapter.ask('api_key', key => ({
    url: `${base}/audio/transcriptions`,
    headers: { ...bearer(key), 'content-type': type },
    bytes: body,
  }))
  return textField(jsonOf(reply), 'text').trim()
}

/** MiMo's models hear in a chat. */
async function mimo(adapter: Adapter, { bytes, mediaType }: Recording): Promise<string> {
  const base = versioned(adapter.base('api_base', 'https://api.xiaomimimo.com/v1'))
  const data = `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}`
  const content = [{ type: 'input_audio', input_audio: { data } }]
  const reply = await adapter.ask('api_key', key => ({
    url: `${base}/chat/completions`,
    headers: bearer(key),
    json: { model: adapter.text('model', 'mimo-v2.5-asr'), messages: [{ role: 'user', content }] },
  }))
  return textField(field(listField(jsonOf(reply), 'choices')[0], 'message'), 'content').trim()
}
