import type { Adapter } from '../adapter.ts'
import { bearer } from '../adapter.ts'
import { type Speech, soundOf } from './speech.ts'
import { xml } from './xml.ts'

export async function elevenlabs(adapter: Adapter, text: string): Promise<Speech> {
  const base = adapter.base('api_base', 'https://api.elevenlabs.io/v1')
  const voice = encodeURIComponent(adapter.text('elevenlabs-tts-voice-id', 'JBFqnCBsd6RMkjVDRZzb'))
  const format = encodeURIComponent(adapter.text('elevenlabs-tts-output-format', 'mp3_44100_128'))
  const stability = adapter.number('elevenlabs-tts-stability')
  const similarity = adapter.number('elevenlabs-tts-similarity-boost')
  const style = adapter.number('elevenlabs-tts-style')
  const reply = await adapter.ask('api_key', key => ({
    url: `${base}/text-to-speech/${voice}?output_format=${format}`,
    headers: key === undefined ? {} : { 'xi-api-key': key },
    json: {
      text,
      model_id: adapter.text('model', 'eleven_multilingual_v2'),
      voice_settings: {
        ...(stability !== undefined && { stability }),
        ...(similarity !== undefined && { similarity_boost: similarity }),
        ...(style !== undefined && { style }),
        use_speaker_boost: adapter.settings['elevenlabs-tts-use-speaker-boost'] !== false,
      },
    },
  }))
  return soundOf(reply, 'audio/mpeg')
}

export async function fishaudio(adapter: Adapter, text: string): Promise<Speech> {
  const base = adapter.base('api_base', 'https://api.fish.audio/v1').replace(/\/tts$/, '')
  const reference = adapter.text('fishaudio-tts-reference-id')
  const reply = await adapter.ask('api_key', key => ({
    url: `${base}/tts`,
    headers: { ...bearer(key), model: adapter.text('model', 's2-pro') },
    json: { text, format: 'wav', ...(reference && { reference_id: reference }) },
  }))
  return soundOf(reply, 'audio/wav')
}

export async function azure(adapter: Adapter, text: string): Promise<Speech> {
  const region = adapter.text('azure_tts_region', 'eastus').replace(/[^\w-]/g, '')
  const voice = adapter.text('azure_tts_voice', 'zh-CN-YunxiaNeural')
  const style = adapter.text('azure_tts_style')
  const role = adapter.text('azure_tts_role')
  const rate = adapter.text('azure_tts_rate', '1')
  const volume = adapter.text('azure_tts_volume', '100')
  const manner = `${style && ` style="${xml(style)}"`}${role && ` role="${xml(role)}"`}`
  const ssml =
    `<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xmlns:mstts="http://www.w3.org/2001/mstts" ` +
    `xml:lang="${xml(voice.split('-').slice(0, 2).join('-'))}"><voice name="${xml(voice)}"><mstts:express-as${manner}>` +
    `<prosody rate="${xml(rate)}" volume="${xml(volume)}">${xml(text)}</prosody></mstts:express-as></voice></speak>`
  const reply = await adapter.ask('azure_tts_subscription_key', key => ({
    url: `${adapter.base('api_base', `https://${region}.tts.speech.microsoft.com`)}/cognitiveservices/v1`,
    headers: {
      ...(key !== undefined && { 'ocp-apim-subscription-key': key }),
      'content-type': 'application/ssml+xml',
      'x-microsoft-outputformat': 'riff-24khz-16bit-mono-pcm',
      'user-agent': 'AstrBot',
    },
    bytes: new TextEncoder().encode(ssml),
  }))
  return soundOf(reply, 'audio/wav')
}
