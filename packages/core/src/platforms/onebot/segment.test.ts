import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeCq, parseCqText, segmentsOf } from './segment.ts'

test('a text without codes is one segment', () => {
  expect(segmentsOf('hello, world')).toEqual([{ type: 'text', data: { text: 'hello, world' } }])
  expect(segmentsOf('')).toEqual([])
})

test('codes are taken apart, their values unescaped', () => {
  expect(
    segmentsOf('[CQ:at,qq=10001] look &#91;here&#93; [CQ:image,file=a&#44;b.png,url=http://x/?a=1&amp;b=2]!'),
  ).toEqual([
    { type: 'at', data: { qq: '10001' } },
    { type: 'text', data: { text: ' look [here] ' } },
    { type: 'image', data: { file: 'a,b.png', url: 'http://x/?a=1&b=2' } },
    { type: 'text', data: { text: '!' } },
  ])
})

test('what only looks like a code is text', () => {
  expect(parseCqText('[CQ:] [not a code]')).toEqual([{ type: 'text', data: { text: '[CQ:] [not a code]' } }])
})

test('segments come as a list, and alone', () => {
  const at = { type: 'at', data: { qq: '1' } }
  expect(segmentsOf([at, 'text', 7, { type: 5 }, { type: 'dice' }])).toEqual([
    at,
    { type: 'text', data: { text: 'text' } },
    { type: 'dice', data: {} },
  ])
  expect(segmentsOf(at)).toEqual([at])
  expect(segmentsOf(null)).toEqual([])
})

test('any text survives being escaped', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '&', '[', ']', ',', 'CQ:', '#91;', '好') }),
      fc.string(),
      (text, value) => {
        const coded = `${escapeCq(text)}[CQ:x,v=${escapeCq(value, true)}]`
        const segments = parseCqText(coded)
        expect(segments.at(-1)).toEqual({ type: 'x', data: { v: value } })
        expect(segments.slice(0, -1)).toEqual(text === '' ? [] : [{ type: 'text', data: { text } }])
      },
    ),
  )
})
