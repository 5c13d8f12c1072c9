import { isJsonObject } from '../../../json.ts'
import { field, listField, textField } from '../../untrusted.ts'
import { type Adapter, bearer, versioned } from '../adapter.ts'
import { wavFile } from '../transcribe/sample.ts'
import { jsonOf, unreadable } from '../vendor-request.ts'
import { type Speech, soundOf } from './speech.ts'

export async function openai(adapter: Adapter, text: string): Promise<Speech> {
  const base = versioned(adapter.base('api_base', 'https://api.openai.com/v1').replace(/\/audio\/speech$/, ''))
  const voice = adapter.text('openai-tts-voice', 'alloy')
  const json = { model: adapter.text('model', 'tts-1'), voice, input: text, response_format: 'wav' }
  const reply = await adapter.ask('api_key', key => ({ url: `${base}/audio/speech`, headers: bearer(key), json }))
  return soundOf(reply, 'audio/wav')
}

/** MiMo's models speak in a chat: what they are to say stands as their own words. */
export async function mimo(adapter: Adapter, text: string): Promise<Speech> {
  const base = versioned(adapter.base('api_base', 'https://api.xiaomimimo.com/v1'))
  const manner = [adapter.text('mimo-tts-style-prompt'), adapter.text('mimo-tts-dialect')].filter(Boolean).join(', ')
  const seed = adapter.text('mimo-tts-seed-text')
  const format = adapter.text('mimo-tts-format', 'wav')
  const reply = await adapter.ask('api_key', key => ({
    url: `${base}/chat/completions`,
    headers: bearer(key),
    json: {
      model: adapter.text('model', 'mimo-v2.5-tts'),
      messages: [
        ...(seed ? [{ role: 'user', content: seed }] : []),
        { role: 'assistant', content: manner ? `<style>${manner}</style>${text}` : text },
      ],
      audio: { format, voice: adapter.text('mimo-tts-voice', 'mimo_default') },
    },
  }))
  const message = field(listField(jsonOf(reply), 'choices')[0], 'message')
  return fromBase64(textField(field(message, 'audio'), 'data'), `audio/${format}`)
}

/** Gemini answers with bare samples. */
export async function gemini(adapter: Adapter, text: string): Promise<Speech> {
  const given = adapter.base('gemini_tts_api_base', 'https://generativelanguage.googleapis.com')
  const base = given.replace(/\/v1(beta\d*)?$/, '')
  const model = adapter.text('gemini_tts_model', 'gemini-2.5-flash-preview-tts').replace(/^models\//, '')
  const prefix = adapter.text('gemini_tts_prefix')
  const voiceName = adapter.text('gemini_tts_voice_name', 'Leda')
  const reply = await adapter.ask('gemini_tts_api_key', key => ({
    url: `${base}/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    headers: key === undefined ? {} : { 'x-goog-api-key': key },
    json: {
      contents: [{ parts: [{ text: prefix ? `${prefix}: ${text}` : text }] }],
      generationConfig: {
        responseModalities: ['AUDIO'],
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName } } },
      },
    },
  }))
  const parts = listField(field(listField(jsonOf(reply), 'candidates')[0], 'content'), 'parts')
  const { bytes } = fromBase64(textField(field(parts[0], 'inlineData'), 'data'), 'audio/wav')
  return { bytes: wavFile(bytes, 24_000), mediaType: 'audio/wav' }
}

export async function minimax(adapter: Adapter, text: string): Promise<Speech> {
  const base = adapter.base('api_base', 'https://api.minimax.chat/v1/t2a_v2')
  const group = adapter.text('minimax-group-id')
  const mixes = adapter.settings['minimax-is-timber-weight'] === true
  const emotion = adapter.text('minimax-voice-emotion', 'auto')
  const voice = {
    speed: adapter.number('minimax-voice-speed') ?? 1,
    vol: adapter.number('minimax-voice-vol') ?? 1,
    pitch: adapter.number('minimax-voice-pitch') ?? 0,
    voice_id: mixes ? '' : adapter.text('minimax-voice-id', 'female-shaonv'),
    ...(emotion !== 'auto' && { emotion }),
    latex_read: adapter.settings['minimax-voice-latex'] === true,
    english_normalization: adapter.settings['minimax-voice-english-normalization'] === true,
  }
  const reply = await adapter.ask('api_key', key => ({
    url: group ? `${base}?GroupId=${encodeURIComponent(group)}` : base,
    headers: bearer(key),
    json: {
      model: adapter.text('model', 'speech-02-turbo'),
      text,
      stream: false,
      language_boost: adapter.text('minimax-langboost', 'auto'),
      voice_setting: voice,
      ...(mixes && { timbre_weights: jsonSetting(adapter, 'minimax-timber-weight') }),
      audio_setting: { sample_rate: 32_000, bitrate: 128_000, format: 'mp3' },
    },
  }))
  const answer = jsonOf(reply)
  const sound = textField(field(answer, 'data'), 'audio')
  if (!sound) throw unreadable(textField(field(answer, 'base_resp'), 'status_msg') || 'The answer holds no sound')
  return { bytes: Buffer.from(sound, 'hex'), mediaType: 'audio/mpeg' }
}

export async function volcengine(adapter: Adapter, text: string): Promise<Speech> {
  const url = adapter.base('api_base', 'https://openspeech.bytedance.com/api/v1/tts')
  const reply = await adapter.ask('api_key', key => ({
    url,
    // The semicolon is theirs.
    headers: key === undefined ? {} : { authorization: `Bearer; ${key}` },
    json: {
      app: {
        appid: adapter.text('appid'),
        token: key ?? '',
        cluster: adapter.text('volcengine_cluster', 'volcano_tts'),
      },
      user: { uid: 'astrbot' },
      audio: {
        voice_type: adapter.text('volcengine_voice_type'),
        encoding: 'mp3',
        speed_ratio: adapter.number('volcengine_speed_ratio') ?? 1,
        volume_ratio: adapter.number('volcengine_volume_ratio') ?? 1,
      },
      request: { reqid: crypto.randomUUID(), text, text_type: 'plain', operation: 'query' },
    },
  }))
  const answer = jsonOf(reply)
  const sound = textField(answer, 'data')
  if (!sound) throw unreadable(textField(answer, 'message') || 'The answer holds no sound')
  return fromBase64(sound, 'audio/mpeg')
}

function fromBase64(text: string, mediaType: string): Speech {
  if (!text) throw unreadable('The answer holds no sound')
  return { bytes: Buffer.from(text, 'base64'), mediaType }
}

function jsonSetting(adapter: Adapter, name: string): unknown {
  try {
    const value: unknown = JSON.parse(adapter.text(name, '[]'))
    return Array.isArray(value) ? value.filter(isJsonObject) : []
  } catch {
    return []
  }
}
