import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Sentences } from './sentences.ts'

function cut(...pieces: string[]): string[] {
  const sentences = new Sentences()
  return [...pieces.flatMap(piece => sentences.push(piece)), ...sentences.rest()]
}

describe('Sentences', () => {
  it.each([
    [['The first one. The second one! A third?'], ['The first one.', ' The second one!', ' A third?']],
    [
      ['今天天气非常好非常好。我们一起去公园散步吧！', '好的？'],
      ['今天天气非常好非常好。', '我们一起去公园散步吧！', '好的？'],
    ],
    [['Pi is 3.14159 and example.org is a name. Yes.'], ['Pi is 3.14159 and example.org is a name.', ' Yes.']],
    [['He said "Hi there." Then he left.'], ['He said "Hi there."', ' Then he left.']],
    [
      ['Really?! Are you ', 'sure...? ', 'Quite.'],
      ['Really?! Are you sure...?', ' Quite.'],
    ],
    [['One line here\nand another one'], ['One line here', '\nand another one']],
    [['No. No. No. Never again.'], ['No. No. No.', ' Never again.']],
    [['   '], []],
  ])('%j', (pieces, sentences) => {
    expect(cut(...pieces)).toEqual(sentences)
  })

  it('gives a sentence away as soon as it is whole', () => {
    const sentences = new Sentences()
    expect(sentences.push('This is it')).toEqual([])
    expect(sentences.push('. ')).toEqual(['This is it.'])
    expect(sentences.push('这是一个完整的句子吗？')).toEqual([' 这是一个完整的句子吗？'])
  })

  it('does not wait for ever for a full stop', () => {
    const [first = '', ...rest] = cut('word '.repeat(200))
    expect(first.length).toBeLessThanOrEqual(301)
    expect(first.endsWith('word')).toBe(true)
    expect(rest.length).toBeGreaterThan(2)
  })

  it('loses nothing, however a text is cut into pieces', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '.', '。', '!', '?', '\n', '3', '"'),
      maxLength: 400,
    })
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), pieces => {
        const said = cut(...pieces).join('')
        expect(said.trimEnd()).toBe(pieces.join('').trimEnd())
      }),
    )
  })
})
