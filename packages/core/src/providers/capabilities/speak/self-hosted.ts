import { isJsonObject } from '../../../json.ts'
import { textField } from '../../untrusted.ts'
import { type Adapter, bearer } from '../adapter.ts'
import { jsonOf, unreadable } from '../vendor-request.ts'
import { type Speech, soundOf } from './speech.ts'

/** GPT-SoVITS: every setting is a parameter of the address, without the prefix it has in configurations. */
export async function gsv(adapter: Adapter, text: string): Promise<Speech> {
  const base = adapter.base('api_base', 'http://127.0.0.1:9880')
  const given = isJsonObject(adapter.settings.gsv_default_parms) ? adapter.settings.gsv_default_parms : {}
  for (const part of ['gpt', 'sovits']) {
    const weights = adapter.text(`${part}_weights_path`)
    if (!weights) continue
    const query = new URLSearchParams({ weights_path: weights })
    await adapter.ask('api_key', key => ({ url: `${base}/set_${part}_weights?${query}`, headers: bearer(key) }))
  }
  const query = new URLSearchParams({ text })
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === '' || typeof value === 'object') continue
    query.set(name.replace(/^gsv_/, '').toLowerCase(), String(value))
  }
  const reply = await adapter.ask('api_key', key => ({ url: `${base}/tts?${query}`, headers: bearer(key) }))
  return soundOf(reply, `audio/${textField(given, 'gsv_media_type') || 'wav'}`)
}

/** GPT-SoVITS Inference answers with the address of a file it made. */
export async function gsvi(adapter: Adapter, text: string): Promise<Speech> {
  const base = adapter.base('api_base', 'http://127.0.0.1:8000')
  const reply = await adapter.ask('api_key', key => ({
    url: `${base}/infer_single`,
    headers: bearer(key),
    json: {
      version: adapter.text('version', 'v4'),
      model_name: adapter.text('character'),
      prompt_text_lang: adapter.text('prompt_text_lang', '中文'),
      emotion: adapter.text('emotion', '默认'),
      text,
      text_lang: adapter.text('text_lang', '中文'),
    },
  }))
  const made = textField(jsonOf(reply), 'audio_url')
  if (!URL.canParse(made, base)) throw unreadable(textField(jsonOf(reply), 'msg') || 'The answer names no file')
  // Whatever host it names, the file is where the service is.
  const { pathname, search } = new URL(made, base)
  const file = await adapter.ask('api_key', key => ({
    url: new URL(pathname + search, base).href,
    headers: bearer(key),
  }))
  return soundOf(file, 'audio/wav')
}
