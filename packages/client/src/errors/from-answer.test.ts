import { describe, expect, it } from 'vitest'
import {
  APIError,
  AuthenticationError,
  ConflictError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  ValidationError,
} from './api-error.ts'
import { AstrBotError, isAstrBotError } from './astrbot-error.ts'
import { errorFromAnswer } from './from-answer.ts'

function failed(status: number, body: unknown, headers: Record<string, string> = {}, scope?: string): APIError {
  return errorFromAnswer(new Response(null, { status, headers }), body, scope)
}

describe('errorFromAnswer', () => {
  it('reads the error envelope', () => {
    const body = { status: 'error', message: 'Session s not found', data: { code: 'session_not_found', hint: 1 } }
    const error = failed(404, body, { 'X-Request-Id': 'r-7' })
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error).toMatchObject({
      name: 'NotFoundError',
      message: 'Session s not found',
      code: 'session_not_found',
      status: 404,
      httpStatus: 404,
      requestId: 'r-7',
      data: { code: 'session_not_found', hint: 1 },
    })
  })

  it.each([
    [400, APIError, 'unknown_error'],
    [401, AuthenticationError, 'unauthorized'],
    [403, PermissionError, 'permission_denied'],
    [404, NotFoundError, 'not_found'],
    [409, ConflictError, 'conflict'],
    [422, ValidationError, 'validation_failed'],
    [429, RateLimitError, 'rate_limited'],
    [500, ServerError, 'server_error'],
    [503, ServerError, 'server_error'],
  ])('has a class and a code for %i without an envelope', (status, kind, code) => {
    const error = failed(status, '<html>')
    expect(error.constructor).toBe(kind)
    expect(error).toMatchObject({ code, status, data: '<html>' })
    expect(error.message).toContain(String(status))
  })

  it('names the places of a validation error', () => {
    const issues = [{ path: 'body.message', message: 'too long' }]
    const error = failed(422, { status: 'error', message: 'No', data: { code: 'validation_failed', issues } })
    expect(error).toMatchObject({ name: 'ValidationError', issues })
  })

  it("reads FastAPI's detail", () => {
    const detail = [
      { type: 'string_type', loc: ['body', 'message', 0, 'text'], msg: 'Input should be a string', input: 5 },
    ]
    expect(failed(422, { detail })).toMatchObject({
      code: 'validation_failed',
      message: 'body.message[0].text: Input should be a string',
      issues: [{ path: 'body.message[0].text', message: 'Input should be a string' }],
      data: { detail },
    })
    expect(failed(404, { detail: 'Nope' }).message).toBe('Nope')
  })

  it('names the missing scope, by the server or by the contract', () => {
    const data = { code: 'insufficient_scope', required_scope: 'bot' }
    expect(failed(403, { status: 'error', message: 'No', data }).requiredScope).toBe('bot')
    expect(failed(403, { status: 'error', message: 'Insufficient API key scope' }, {}, 'chat').requiredScope).toBe(
      'chat',
    )
    expect(failed(403, { status: 'error', message: 'Permission denied' }, {}, 'chat').requiredScope).toBeUndefined()
  })

  it('reads Retry-After as seconds and as a date', () => {
    expect(failed(429, '', { 'Retry-After': '7' }).retryAfter).toBe(7)
    const date = new Date(Date.now() + 30_000).toUTCString()
    expect(failed(429, '', { 'Retry-After': date }).retryAfter).toBeGreaterThan(27)
    expect(failed(429, '', { 'Retry-After': 'soon' }).retryAfter).toBeUndefined()
  })

  it.each([
    ['Session x-1 not found', 'session_not_found', 404],
    ['Thread x not found', 'thread_not_found', 404],
    ['config_id not found: x', 'config_id_not_found', 404],
    ['Not Found', 'not_found', 404],
    ['Permission denied', 'permission_denied', 403],
    ['session_id belongs to another username', 'session_of_another_user', 403],
    ['username is reserved for an AstrBot administrator', 'username_reserved', 403],
    ['Missing key: message or files', 'message_missing', 400],
    ['Missing key: session_id or conversation_id', 'session_id_missing', 400],
    ['Missing or invalid key: session_ids', 'session_ids_missing', 400],
    ['session_id is empty', 'session_id_empty', 400],
    ['Message content is empty (reply only is not allowed)', 'message_empty', 400],
    ['Chat run is unavailable', 'run_unavailable', 404],
    ['Token expired', 'token_expired', 401],
    ['Invalid API key', 'invalid_api_key', 401],
    ['Missing API key', 'missing_credentials', 401],
    ['出错了', 'unknown_error', 200],
  ])('knows what AstrBot means by "%s" with HTTP 200', (message, code, status) => {
    expect(failed(200, { status: 'error', message })).toMatchObject({ code, status, httpStatus: 200, message })
  })

  it("prefers the server's code to a sentence", () => {
    expect(failed(400, { status: 'error', message: 'x not found', data: { code: 'other' } })).toMatchObject({
      code: 'other',
      status: 400,
    })
  })
})

describe('isAstrBotError', () => {
  it('recognises errors of another copy of the package', async () => {
    const address = new URL('./astrbot-error.ts?copy', import.meta.url).href
    const copy: typeof import('./astrbot-error.ts') = await import(address)
    const error = new copy.AstrBotError('code', 'message')
    expect(copy.AstrBotError).not.toBe(AstrBotError)
    expect(error).not.toBeInstanceOf(AstrBotError)
    expect(isAstrBotError(error)).toBe(true)
    expect(isAstrBotError(new Error('x'))).toBe(false)
    expect(isAstrBotError(null)).toBe(false)
  })
})
