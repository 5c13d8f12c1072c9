import { retryAfter } from '../http/retry.ts'
import { isRecord } from '../record.ts'
import {
  APIError,
  AuthenticationError,
  ConflictError,
  type Issue,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  ValidationError,
} from './api-error.ts'
import { knownText } from './known-texts.ts'

const kinds: Record<number, readonly [typeof APIError, code: string]> = {
  401: [AuthenticationError, 'unauthorized'],
  403: [PermissionError, 'permission_denied'],
  404: [NotFoundError, 'not_found'],
  409: [ConflictError, 'conflict'],
  422: [ValidationError, 'validation_failed'],
  429: [RateLimitError, 'rate_limited'],
}

/**
 * The error that an answer stands for. `body` is its JSON, or its text when it is none: the error envelope with a code,
 * AstrBot's envelope with a sentence only, or FastAPI's `{ detail: [...] }`. `scope` is what the contract asks for.
 */
export function errorFromAnswer(response: Response, body: unknown, scope?: string): APIError {
  const { status: httpStatus, headers } = response
  const envelope = isRecord(body) ? body : {}
  const data = isRecord(envelope.data) ? envelope.data : {}
  const issues = [...readIssues(data.issues, 'path', 'message'), ...readIssues(envelope.detail, 'loc', 'msg')]
  const message =
    textOf(envelope.message) ??
    textOf(envelope.detail) ??
    textOf(issues.map(issue => `${issue.path}: ${issue.message}`).join('; ')) ??
    `HTTP ${httpStatus} ${response.statusText}`
  const known = knownText(message)
  const status = response.ok ? (known?.status ?? httpStatus) : httpStatus
  const [Kind, code] = kinds[status] ?? (status >= 500 ? [ServerError, 'server_error'] : [APIError, 'unknown_error'])
  const details = {
    status,
    httpStatus,
    headers,
    requestId: headers.get('x-request-id') ?? textOf(data.request_id),
    data: envelope.data ?? body,
    issues,
    requiredScope: textOf(data.required_scope) ?? (known?.code === 'insufficient_scope' ? scope : undefined),
    retryAfter: retryAfter(headers),
  }
  return new Kind(textOf(data.code) ?? known?.code ?? code, message, details)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value ? value : undefined
}

function readIssues(list: unknown, place: string, text: string): Issue[] {
  if (!Array.isArray(list)) return []
  return list.filter(isRecord).map(issue => ({ path: pathText(issue[place]), message: String(issue[text]) }))
}

/** `["body", "message", 0, "text"]` → `body.message[0].text`. */
function pathText(path: unknown): string {
  return [path]
    .flat()
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}
