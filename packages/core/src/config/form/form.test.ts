import { describe, expect, test } from 'vitest'
import { documentRule, ruleAt } from '../rules.ts'
import { fieldText } from './form-text.ts'
import { profileForm, systemForm } from './profile-form.ts'
import { botForm, botStarters, providerForm, providerStarters, runtimeForms } from './runtime-form.ts'

const languages = ['en', 'zh'] as const
const cjk = /[\u3400-\u9fff]/

describe.each(languages)('the texts in %s', language => {
  const { texts } = runtimeForms(language)
  const all = { ...profileForm(language).texts, ...systemForm(language).texts, ...texts }

  test('say something for every key', () => {
    expect(Object.entries(all).filter(([, text]) => text.length === 0 || [text].flat().includes(''))).toEqual([])
    // A label that is missing would be the name of the key.
    const named = Object.entries(all).filter(([key, text]) => key.endsWith(`.${text}.description`))
    expect(named).toEqual([])
  })

  test('are as many names as there are options', () => {
    const { metadata } = profileForm(language)
    const fields = Object.values(metadata).flatMap(group =>
      Object.values(group.metadata).flatMap(({ items }) => Object.values(items ?? {})),
    )
    for (const field of fields) {
      if (typeof field !== 'object' || typeof field.labels !== 'string') continue
      expect(all[field.labels], field.labels).toHaveLength(field.options?.length ?? 0)
      if (field.subtitles) expect(all[field.subtitles]).toHaveLength(field.options?.length ?? 0)
    }
  })

  test('are in that language', () => {
    const flat = Object.values(all).flat()
    const chinese = flat.filter(text => cjk.test(text)).length
    if (language === 'en') expect(flat.filter(text => cjk.test(text))).toEqual([])
    else expect(chinese / flat.length).toBeGreaterThan(0.85)
  })
})

test('the keys are those of AstrBot, whatever the language', () => {
  const { metadata } = profileForm('zh')
  expect(Object.keys(metadata)).toEqual(['ai_group', 'platform_group', 'access_group', 'plugin_group', 'ext_group'])
  expect(metadata.ai_group?.name).toBe('ai_group.name')
  expect(metadata.ai_group?.metadata.agent_runner?.items).toMatchObject({
    'provider_settings.enable': {
      type: 'bool',
      description: 'ai_group.agent_runner.provider_settings.enable.description',
      hint: 'ai_group.agent_runner.provider_settings.enable.hint',
    },
  })
  expect(Object.keys(systemForm('en').metadata)).toEqual(['system_group'])
})

test('every field of a form is a key of the document', () => {
  const forms = [profileForm('en'), systemForm('en')]
  const sections = forms.flatMap(({ metadata }) =>
    Object.values(metadata).flatMap(group => Object.entries(group.metadata)),
  )
  const unknown = sections.flatMap(([section, { items = {} }]) => {
    const runner = /^(dify|coze|dashscope|deerflow)_runner$/.exec(section)?.[1] ?? 'local'
    return Object.keys(items).filter(path => !ruleAt(documentRule, path, runner))
  })
  // It opens the editor of templates and has no value.
  expect(unknown).toEqual(['t2i_template'])
})

test('the runtime form marks secrets, and says when a key matters', () => {
  const { platform_group, misc_config_group } = runtimeForms('en').metadata
  expect(platform_group.metadata.content_safety.items).toMatchObject({
    baidu_aip: { items: { api_key: { type: 'string', secret: true }, app_id: { type: 'string' } } },
  })
  expect(misc_config_group.metadata).toMatchObject({
    log_file_path: { type: 'string', condition: { log_file_enable: true } },
    kb_final_top_k: { type: 'int', default: 5 },
  })
})

test('every key of a starter has a label', () => {
  const { items } = botForm('en').form
  const missing = Object.values(botStarters()).flatMap(starter =>
    Object.keys(starter).filter(key => key !== 'hint' && !(key in items)),
  )
  expect(missing).toEqual([])
  expect(Object.keys(providerStarters())).toHaveLength(60)
  expect(
    Object.keys(providerForm('en').form.items).filter(key => fieldText('providers', key, 'en').label === key),
  ).toEqual(['provider_source_id', 'provider'])
})

test('starters are copies', () => {
  const [first] = Object.values(botStarters())
  if (first) first.id = 'changed'
  expect(Object.values(botStarters())[0]?.id).toBe('default')
})
