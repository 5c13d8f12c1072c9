import { expect, test } from 'vitest'
import { Sentences } from './sentences.ts'

test('sentences are given back once they are whole', () => {
  const sentences = new Sentences()
  expect(sentences.push('一。二')).toEqual(['一。'])
  expect(sentences.push('！')).toEqual([])
  expect(sentences.push('？三…四')).toEqual(['二！？', '三…'])
  expect(sentences.flush()).toEqual(['四'])
})

test('a long answer without such marks costs next to nothing', () => {
  const sentences = new Sentences()
  const began = performance.now()
  for (let i = 0; i < 3000; i++) expect(sentences.push('words and ')).toEqual([])
  expect(performance.now() - began).toBeLessThan(3000)
  expect(sentences.flush()).toEqual(['words and '.repeat(3000)])
})
