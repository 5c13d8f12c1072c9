import { expect, test } from 'vitest'
import { maskSecrets } from './mask.ts'

test.each([
  ['Incorrect API key provided: my-own-key-99.', 'Incorrect API key provided: ***.'],
  ['sk-proj-abcdef123456 is wrong', 'sk-*** is wrong'],
  ['got sk-ab****************wxyz', 'got sk-***'],
  ['authorization: Bearer eyJhbGciOi.x_y-z', 'authorization: Bearer ***'],
  ['AIzaSyA1234567890abcdef refused', 'AIza*** refused'],
  ['GET https://h/v1?key=abc&alt=sse', 'GET https://h/v1?key=***&alt=sse'],
  ['proxy http://me:pass@host:1', 'proxy http://***@host:1'],
  ['  several\n lines\t here ', 'several lines here'],
])('%s', (text, masked) => {
  expect(maskSecrets(text, ['my-own-key-99', ''])).toBe(masked)
})

test('is short', () => {
  expect(maskSecrets('x'.repeat(1000), [])).toHaveLength(500)
})
