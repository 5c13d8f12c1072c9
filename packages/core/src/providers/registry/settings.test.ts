import { expect, test } from 'vitest'
import { providerSettings, sourceSettings } from './settings.ts'

test('settings stand in `config`, or beside what steers the request', () => {
  const address = { enabled: true }
  expect(providerSettings({ config: { id: 'a', model: 'm' }, model: 'ignored', enabled: false }, address)).toEqual({
    id: 'a',
    model: 'm',
    enable: false,
  })
  const flat = {
    provider_id: 'x',
    source_id: 's',
    capability: 'tts',
    config: {},
    enabled: true,
    id: 'a',
    note: null,
    type: 't',
  }
  expect(providerSettings(flat, address)).toEqual({ id: 'a', type: 't', enable: true, provider_type: 'text_to_speech' })
  expect(providerSettings({ config: { id: 'a' }, capability: '' }, address)).toEqual({ id: 'a', enable: true })
  expect(sourceSettings({ source_id: 'x', id: 'a', enabled: 1, provider: 'p' }, 'x')).toEqual({
    id: 'a',
    enabled: 1,
    provider: 'p',
  })
})

test('the id is the one in `config`, else the one beside it, else the addressed one', () => {
  expect(sourceSettings({ config: { id: ' a ', type: 't' }, id: 'b' }, 'c').id).toBe('a')
  expect(sourceSettings({ config: { type: 't' }, id: 'b' }, 'c').id).toBe('b')
  expect(sourceSettings({ config: { id: 12, type: 't' } }).id).toBe('12')
  expect(sourceSettings({ config: { type: 't' } }, 'c').id).toBe('c')
  expect(() => sourceSettings({ config: { id: '', type: 't' } })).toThrow('body.config.id')
  // Beside `config` it names a new provider, but renames none.
  const beside = { config: { type: 't' }, id: 'b' }
  expect(providerSettings(beside, { enabled: true }).id).toBe('b')
  expect(providerSettings(beside, { id: 'c', enabled: true }).id).toBe('c')
  expect(Object.keys(providerSettings(beside, { enabled: true }))).toEqual(['type', 'enable', 'id'])
  expect(() => providerSettings({ id: 'x'.repeat(1025), type: 't' }, { enabled: true })).toThrow('1024')
})

test('the switch: `enabled`, `enable`, that of `config`, the stored one', () => {
  const config = { id: 'a', enable: false }
  expect(providerSettings({ config, enabled: true, enable: false }, { enabled: false }).enable).toBe(true)
  expect(providerSettings({ config, enable: true }, { enabled: false }).enable).toBe(true)
  expect(providerSettings({ config, enabled: null }, { enabled: true }).enable).toBe(false)
  expect(providerSettings({ config: { id: 'a' } }, { enabled: false }).enable).toBe(false)
  // In `config` null is a value.
  expect(providerSettings({ config: { id: 'a', enable: null } }, { enabled: true }).enable).toBe(false)
})

test('marks of answers are not stored, nor what no adapter of a bound model reads', () => {
  const config = { id: 'a', origin: 'environment', load_error: 'x', reasoning: true }
  expect(providerSettings({ config }, { enabled: true })).toEqual({ id: 'a', reasoning: true, enable: true })
  expect(providerSettings({ config }, { enabled: true, sourceId: 's' })).toEqual({
    id: 'a',
    provider_source_id: 's',
    enable: true,
  })
  expect(providerSettings({ config: { id: 'a' }, provider_source_id: 's' }, { enabled: true }).provider_source_id).toBe(
    's',
  )
})
