import { expect, test } from 'vitest'
import { AstrBotError } from './errors.ts'

test('an error fills its English sentence and keeps what the answer needs', () => {
  const error = new AstrBotError('rate_limited', { seconds: 3 }, { retry_after: 3 })
  expect(error.message).toBe('Too many attempts; try again in 3 s')
  expect(error).toMatchObject({
    name: 'AstrBotError',
    code: 'rate_limited',
    params: { seconds: 3 },
    data: { retry_after: 3 },
  })
  expect(new AstrBotError('invalid_token').message).toBe('Invalid token')
})
