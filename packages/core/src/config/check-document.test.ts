import { expect, test } from 'vitest'
import { checkDocument } from './check-document.ts'

test('keys that have no effect are named, but for the one of our own', () => {
  const { unknown } = checkDocument({ tymezone: 'UTC', dashboard: { token_version: 3, colour: 'red' } })
  expect(unknown.toSorted()).toEqual(['dashboard.colour', 'tymezone'])
})
