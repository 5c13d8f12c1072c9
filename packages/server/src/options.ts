import { resolve } from 'node:path'

/** How a server is run. Every field has an environment variable; `ASTRBOT_` may stand before the `DASHBOARD_` names. */
export interface ServerOptions {
  /** `DASHBOARD_HOST`: the address to listen on. */
  host: string
  /** `DASHBOARD_PORT` */
  port: number
  /** `ASTRBOT_DATA_DIR`: where everything is kept. */
  dataDir: string
  /** `DATABASE_URL`: a PostgreSQL server in place of the SQLite file. */
  databaseUrl?: string
  /** `ASTRBOT_DASHBOARD_INITIAL_PASSWORD`: the first password, in place of a generated one. */
  initialPassword?: string
  /** `ASTRBOT_RESET_DASHBOARD_PASSWORD`: forget the password and make a new one. */
  resetPassword: boolean
  /** `ASTRBOT_BASE_PATH`: the sub-path a reverse proxy serves us under, such as `/bot`; empty for the root. */
  basePath: string
  /** `ASTRBOT_CORS_ORIGINS`: origins, separated by commas, that browsers may call from; none by default. */
  corsOrigins: string[]
  /** `ASTRBOT_TEST_MODE`: switches the rate limit off. */
  testMode: boolean
  /** `DEMO_MODE`: the account cannot be changed. */
  demoMode: boolean
  /** `ASTRBOT_DASHBOARD_SKIP_DEFAULT_PASSWORD_AUTH`: the first account may be set up without a password, on this machine only. */
  skipDefaultPasswordAuth: boolean
  /** `NODE_ENV=production`: an answer that breaks the contract is logged instead of refused, and not every answer is checked. */
  production: boolean
  /** `LOG_LEVEL` */
  logLevel: string
  /** Bytes a JSON body may have. `ASTRBOT_MAX_JSON_BYTES` */
  maxJsonBytes: number
  /** Bytes an uploaded file may have. `ASTRBOT_MAX_UPLOAD_BYTES` */
  maxUploadBytes: number
  /** Milliseconds of silence after which an event stream sends a comment, so that proxies keep it. `ASTRBOT_HEARTBEAT_MS` */
  heartbeatMs: number
}

/** Environment variables. */
export type Environment = Record<string, string | undefined>

/** Reads the options from environment variables. Unusable values are errors that name the variable. */
export function optionsFrom(env: Environment): ServerOptions {
  const dashboard = (name: string) => env[name] ?? env[`ASTRBOT_${name}`]
  const databaseUrl = env['DATABASE_URL']
  const initialPassword = env['ASTRBOT_DASHBOARD_INITIAL_PASSWORD']
  return {
    host: dashboard('DASHBOARD_HOST') || '127.0.0.1',
    port: integer('DASHBOARD_PORT', dashboard('DASHBOARD_PORT'), 6185),
    dataDir: resolve(env['ASTRBOT_DATA_DIR'] || 'data'),
    ...(databaseUrl && { databaseUrl }),
    ...(initialPassword && { initialPassword }),
    resetPassword: truthy(env['ASTRBOT_RESET_DASHBOARD_PASSWORD']),
    basePath: basePath(env['ASTRBOT_BASE_PATH']),
    corsOrigins: (env['ASTRBOT_CORS_ORIGINS'] ?? '')
      .split(',')
      .map(origin => origin.trim())
      .filter(Boolean),
    testMode: truthy(env['ASTRBOT_TEST_MODE']),
    demoMode: truthy(env['DEMO_MODE']),
    skipDefaultPasswordAuth: truthy(
      env['ASTRBOT_DASHBOARD_SKIP_DEFAULT_PASSWORD_AUTH'] ?? env['DASHBOARD_SKIP_DEFAULT_PASSWORD_AUTH'],
    ),
    production: env['NODE_ENV'] === 'production',
    logLevel: env['LOG_LEVEL'] || 'info',
    maxJsonBytes: integer('ASTRBOT_MAX_JSON_BYTES', env['ASTRBOT_MAX_JSON_BYTES'], 8 * 1024 * 1024),
    maxUploadBytes: integer('ASTRBOT_MAX_UPLOAD_BYTES', env['ASTRBOT_MAX_UPLOAD_BYTES'], 512 * 1024 * 1024),
    heartbeatMs: integer('ASTRBOT_HEARTBEAT_MS', env['ASTRBOT_HEARTBEAT_MS'], 15_000) || 15_000,
  }
}

function truthy(value: string | undefined): boolean {
  return ['1', 'true', 'yes', 'on', 't'].includes(value?.trim().toLowerCase() ?? '')
}

function integer(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined || value.trim() === '') return fallback
  const number = Number(value)
  if (!Number.isInteger(number) || number < 0) throw new Error(`${name} must be a whole number, not "${value}"`)
  return number
}

function basePath(value: string | undefined): string {
  const trimmed = (value ?? '').trim().replace(/\/+$/, '')
  return trimmed === '' || trimmed.startsWith('/') ? trimmed : `/${trimmed}`
}
