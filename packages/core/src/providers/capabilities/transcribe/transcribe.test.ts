import { describe, expect, test } from 'vitest'
import { at, only } from '../capabilities.testing.ts'
import { vendor } from '../vendor.testing.ts'
import { sampleRecording } from './sample.ts'

describe('hearing', () => {
  test.each(['openai_whisper_api', 'xinference_stt', 'mimo_stt_api'])('%s writes down', async type => {
    const providers = only(at(vendor, { type, api_key: 'k', api_base: 'URL/v1', model: 'm' }))
    expect(await providers.transcribe('p', sampleRecording())).toBe('pong')
    expect(vendor.seen[0]?.headers.authorization).toBe('Bearer k')
    expect(vendor.seen[0]?.text).toContain(
      type === 'mimo_stt_api' ? 'data:audio/wav;base64,UklGR' : 'filename="sample.wav"',
    )
  })
})
