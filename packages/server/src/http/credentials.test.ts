import { describe, expect, test } from 'vitest'
import { credentialsOf } from './credentials.ts'

const shown = (query: string, headers: Record<string, string> = {}) =>
  credentialsOf(new Request('http://server/', { headers }), new URLSearchParams(query))

describe('the credentials of a request', () => {
  test.each([
    ['', { authorization: 'Bearer a', 'x-api-key': 'b' }, { bearer: 'a' }],
    ['', { authorization: 'ApiKey a', 'x-api-key': 'b' }, { apiKey: 'a' }],
    ['api_key=a', { 'x-api-key': 'b' }, { apiKey: 'a' }],
    ['api_key=', { 'x-api-key': 'b' }, { apiKey: 'b' }],
    ['api_key=a&api_key=b', {}, { apiKey: 'b' }],
    ['api_key=%20a%20', {}, { apiKey: 'a' }],
    ['key=abk_a&key=abk_b', {}, { apiKey: 'abk_b' }],
    ['key=x', { cookie: 'astrbot_dashboard_jwt=a' }, { cookieToken: 'a' }],
    ['', { cookie: 'astrbot_dashboard_jwt="a"; other=b', 'x-api-key': 'b' }, { apiKey: 'b' }],
    ['', {}, {}],
  ])('?%s with %j', (query, headers, expected) => {
    expect(shown(query, headers)).toEqual(expected)
  })
})
