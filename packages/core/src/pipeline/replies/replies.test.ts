import { describe, expect, it, test } from 'vitest'
import { silentLog } from '../../log.ts'
import type { Component } from '../../platforms/index.ts'
import { mapPath } from '../path-mapping.ts'
import { groupMessage, privateMessage, profileWith, visitOf } from '../visit.testing.ts'
import { type Decorated, decorate } from './decorate.ts'
import { deliver } from './deliver.ts'
import { pauseBefore } from './pauses.ts'
import { type Reply, textReply } from './reply.ts'
import { segmentsOf } from './segments.ts'
import { Sentences } from './sentences.ts'
import { createVoice, type Voice } from './voice.ts'

const plain = (text: string): Component => ({ type: 'plain', text })
const mute: Voice = async () => undefined
const anything = async () => true

/** What a chain says, other pieces in brackets. */
const shown = ({ chain }: Pick<Decorated, 'chain'>) =>
  chain.map(part => (part.type === 'plain' ? part.text : `[${part.type}]`)).join('|')

const made = async (
  config: object,
  reply: Reply = textReply('llm', 'Hello'),
  message = groupMessage('/x'),
  voice = mute,
) => shown(await decorate({ censor: anything, voice }, visitOf(message, { config }), reply))

describe('decorating', () => {
  it('leaves a reply as it is by default', async () => {
    expect(await made({})).toBe('Hello')
  })

  it('puts the prefix in front of the first text', async () => {
    const chain: Component[] = [{ type: 'image', file: 'x' }, plain('a'), plain('b')]
    expect(await made({ platform_settings: { reply_prefix: '> ' } }, { by: 'general', chain, reasoning: '' })).toBe(
      '[image]|> a|b',
    )
  })

  it('names the sender in groups only, and quotes everywhere, where there is only text and pictures', async () => {
    const both = { platform_settings: { reply_with_mention: true, reply_with_quote: true } }
    expect(await made(both)).toBe('[reply]|[at]|\nHello')
    expect(await made(both, textReply('llm', 'Hello'), privateMessage('x'))).toBe('[reply]|Hello')
    const file: Component = { type: 'file', name: 'a', file: 'a' }
    expect(await made(both, { by: 'llm', chain: [plain('see'), file], reasoning: '' })).toBe('see|[file]')
  })

  it('shows what the model thought, where the profile wants it', async () => {
    const reply = textReply('llm', 'Four.', 'two and two')
    expect(await made({}, reply)).toBe('Four.')
    expect(await made({ provider_settings: { display_reasoning_text: true } }, reply)).toBe(
      '🤔 思考: two and two\n\n────\n|Four.',
    )
  })

  it('cuts answers of the model, other replies only where told to, and never on some platforms', async () => {
    const segmented_reply = { enable: true }
    const cut = { platform_settings: { segmented_reply } }
    const text = '一。二！三'
    expect(await made(cut, textReply('llm', text))).toBe('一。|二！|三')
    expect(await made(cut, textReply('general', text))).toBe(text)
    const every = { platform_settings: { segmented_reply: { ...segmented_reply, only_llm_result: false } } }
    expect(await made(every, textReply('general', text))).toBe('一。|二！|三')
    expect(await made(cut, textReply('llm', text), groupMessage('/x', { adapter: 'dingtalk' }))).toBe(text)
  })

  it('folds what is too long, on OneBot only', async () => {
    const short = { platform_settings: { forward_threshold: 4 } }
    expect(await made(short)).toBe('[nodes]')
    expect(await made(short, textReply('llm', 'Hell'))).toBe('Hell')
    expect(await made(short, textReply('llm', 'Hello'), groupMessage('/x', { adapter: 'telegram' }))).toBe('Hello')
  })

  it('blocks answers of the model where the profile wants them read', async () => {
    const visit = visitOf(groupMessage('x'), { config: { content_safety: { also_use_in_response: true } } })
    const services = { censor: async () => false, voice: mute }
    expect(shown(await decorate(services, visit, textReply('llm', 'bad')))).toContain('has been blocked')
    expect(shown(await decorate(services, visit, textReply('general', 'bad')))).toBe('bad')
  })
})

describe('the voice', () => {
  const voice = (random = 0.5, fails = false) =>
    createVoice({
      async speak(_, text) {
        if (fails) throw new Error('no voice today')
        return { bytes: new TextEncoder().encode(text), mediaType: 'audio/wav' }
      },
      providerOf: () => 'tts',
      refer: async (_, { config }) => `${config.callback_api_base}api/file/t`,
      random: () => random,
      log: silentLog,
    })
  const speak = (settings: object, one = voice(), reply = textReply('llm', 'Hello')) =>
    made(
      { callback_api_base: 'http://bot/', provider_tts_settings: { enable: true, ...settings } },
      reply,
      undefined,
      one,
    )

  it('speaks texts in place of showing them, or beside', async () => {
    expect(await speak({})).toBe('[record]')
    expect(await speak({ dual_output: true })).toBe('[record]|Hello')
    expect(await speak({ enable: false })).toBe('Hello')
    expect(await speak({}, voice(), textReply('general', 'Hello'))).toBe('Hello')
    expect(await speak({}, voice(), textReply('llm', '.'))).toBe('.')
  })

  it('speaks as often as the profile wants', async () => {
    expect(await speak({ trigger_probability: 0.4 })).toBe('Hello')
    expect(await speak({ trigger_probability: 0.5 })).toBe('[record]')
  })

  it('keeps the text when it cannot speak', async () => {
    expect(await speak({}, voice(0, true))).toBe('Hello')
  })

  it('refers to the sound as it is told to', async () => {
    const visit = visitOf(groupMessage('x'), {
      config: { callback_api_base: 'http://bot/', provider_tts_settings: { enable: true } },
    })
    expect(await voice()(visit, [plain('Hello')])).toEqual([
      { type: 'record', file: 'http://bot/api/file/t', text: 'Hello' },
    ])
  })
})

describe('segments', () => {
  const settings = (changes: object = {}) =>
    profileWith({ platform_settings: { segmented_reply: changes } }).platform_settings.segmented_reply

  it('are found by a pattern, over lines, and by the usual one when it is none', () => {
    expect(segmentsOf('Eins。zwei\ndrei！ ', settings())).toEqual(['Eins。', 'zwei\ndrei！'])
    expect(segmentsOf('a-b', settings({ regex: '[^-]+' }))).toEqual(['a', 'b'])
    expect(segmentsOf('a。b', settings({ regex: '(' }))).toEqual(['a。', 'b'])
  })

  it('are found between words, which go', () => {
    expect(segmentsOf('a。b~c', settings({ split_mode: 'words' }))).toEqual(['a', 'b', 'c'])
  })

  it('are cleaned, and never blank', () => {
    expect(segmentsOf('a。（x）。', settings({ content_cleanup_rule: '[。（）x]' }))).toEqual(['a'])
  })

  it('are not made of what is long', () => {
    expect(segmentsOf('a。b', settings({ words_count_threshold: 2 }))).toEqual(['a。b'])
  })

  it('are not made where a pattern never comes to an end', () => {
    const text = `${'a'.repeat(60)}!`
    expect(segmentsOf(text, settings({ regex: '(a+)+$' }))).toEqual([text])
    expect(segmentsOf(text, settings({ content_cleanup_rule: '(a+)+$' }))).toEqual([text])
  })

  it('follow each other after a pause', () => {
    expect(pauseBefore('x', settings({ interval: '1,2' }), () => 0.5)).toBe(1500)
    expect(pauseBefore('x', settings({ interval: 'soon' }), () => 0)).toBe(1500)
    const log = settings({ interval_method: 'log', log_base: 2 })
    expect(pauseBefore('one two three', log, () => 0)).toBe(2000)
    expect(pauseBefore('一二三', log, () => 1)).toBe(2500)
    expect(pauseBefore(undefined, log, () => 0)).toBe(1000)
  })
})

describe('delivering', () => {
  const sent = async (decorated: Decorated, fails = (_: number) => false) => {
    const messages: string[] = []
    const slept: number[] = []
    let count = 0
    const outlet = {
      async send(_: string, chain: readonly Component[]) {
        if (fails(count++)) throw new Error('gone')
        messages.push(shown({ chain: [...chain] }))
      },
    }
    const sleep = async (ms: number) => void slept.push(ms)
    const config = { platform_settings: { segmented_reply: { interval: '1,1' } } }
    await deliver(
      { outlet, history: { said: async () => {} }, sleep, random: () => 0, log: silentLog },
      visitOf(groupMessage('x'), { config }),
      decorated,
    )
    return { messages, slept }
  }
  const quote: Component = { type: 'reply', messageId: 'm' }
  const record: Component = { type: 'record', file: 'r' }

  it('sends recordings first, each alone, then the rest', async () => {
    const chain = [quote, plain('a'), record, plain(' '), plain('b')]
    expect(await sent({ chain, segmented: false })).toEqual({ messages: ['[record]', '[reply]|a|b'], slept: [] })
  })

  it('sends segments one by one, each after a pause, the quote with the first', async () => {
    const chain = [quote, plain('a'), plain('b'), record]
    expect(await sent({ chain, segmented: true })).toEqual({
      messages: ['[reply]|a', 'b', '[record]'],
      slept: [1000, 1000, 1000],
    })
  })

  it('sends nothing that says nothing', async () => {
    expect((await sent({ chain: [quote, plain('  ')], segmented: false })).messages).toEqual([])
    expect((await sent({ chain: [quote], segmented: true })).messages).toEqual([])
  })

  it('goes on after a message that could not be sent', async () => {
    const { messages } = await sent({ chain: [plain('a'), plain('b')], segmented: true }, i => i === 0)
    expect(messages).toEqual(['b'])
  })
})

test('sentences come when they are complete, and nothing is lost', () => {
  const sentences = new Sentences()
  const got = ['你', '好。', '！再', '见', '~', ' bye. ok'].flatMap(piece => sentences.push(piece))
  expect(got).toEqual(['你好。！', '再见~'])
  expect(sentences.flush()).toEqual([' bye. ok'])
  expect(sentences.flush()).toEqual([])
})

test('paths are mapped by the first rule that fits', () => {
  const rules = ['/app/files:/mnt/bot', 'C:\\bot:/srv/win', 'nonsense']
  expect(mapPath('/app/files/a/b.png', rules)).toEqual({ root: '/mnt/bot', path: '/mnt/bot/a/b.png' })
  expect(mapPath('C:\\bot\\a\\b.png', rules)).toEqual({ root: '/srv/win', path: '/srv/win/a/b.png' })
  expect(mapPath('/app/filesystem/x', rules)).toBeUndefined()
})
