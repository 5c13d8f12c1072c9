import { expect, it } from 'vitest'
import { refsOf } from './refs.ts'
import type { MessagePart } from './types.ts'

const page = (index: string) => ({ index, url: `https://example.org/${index}`, title: `T ${index}`, snippet: 'S' })
const search = (result: string, name = 'web_search_exa'): MessagePart => ({
  type: 'tool_call',
  tool_calls: [{ id: 'c', name, result }],
})
const found = (...indexes: string[]) => JSON.stringify({ results: indexes.map(page) })
const said = (text: string): MessagePart => ({ type: 'plain', text })

it('the pages that an answer cites are told, in the order of first use', () => {
  const parts = [
    said('I look. '),
    search(found('ab12.1', 'ab12.2')),
    search(found('cd34.1'), 'web_search_tavily'),
    said('So <ref>cd34.1</ref> and <ref>ab12.2</ref>, again <ref>cd34.1</ref>, not <ref>zz99.9</ref>.'),
  ]
  expect(refsOf(parts)).toEqual({ used: [page('cd34.1'), page('ab12.2')] })
})

it.each([
  ['nothing is cited', [search(found('a.1')), said('so')]],
  ['nothing was found', [said('<ref>a.1</ref>')]],
  ['the tool is no search', [search(found('a.1'), 'other'), said('<ref>a.1</ref>')]],
  ['the result is no list of pages', [search('Error: x'), search('{"results":[1]}'), said('<ref>a.1</ref>')]],
])('there are none when %s', (_, parts) => {
  expect(refsOf(parts)).toBeUndefined()
})
