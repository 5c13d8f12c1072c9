import { createSecretKey, type KeyObject } from 'node:crypto'
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { type Clock, day, second, systemClock } from '../clock.ts'
import type { ConfigFile } from '../config/index.ts'
import { AstrBotError } from '../errors.ts'

/** How long a dashboard token is good, in seconds. */
export const dashboardTokenLifetime = (7 * day) / second

/** All of them are strangers' words until checked. */
interface Claims extends JWTPayload {
  username?: unknown
  ver?: unknown
}

/** Signs and checks the tokens of the dashboard: HS256 over `dashboard.jwt_secret`, as AstrBot does. */
export class DashboardTokens {
  readonly #config: ConfigFile
  readonly #clock: Clock
  #key: { secret: string; object: KeyObject } | undefined

  constructor(config: ConfigFile, clock: Clock) {
    this.#config = config
    this.#clock = clock
  }

  /** A new token for the account. `lifetime` in seconds. */
  issue(lifetime: number = dashboardTokenLifetime): Promise<string> {
    const { dashboard } = this.#config.get()
    return new SignJWT({ username: dashboard.username, ver: tokenVersion(dashboard) })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setExpirationTime(Math.floor(this.#clock.now() / second) + lifetime)
      .sign(this.#secretKey())
  }

  /**
   * The user a token stands for. Tokens without `exp` are good for ever. One with a version is ours: it dies with the
   * password it was issued under, and follows the account through a change of name.
   *
   * @throws AstrBotError `token_expired`, `invalid_token`
   */
  async verify(token: string): Promise<string> {
    const claims = await this.#claims(token)
    const { dashboard } = this.#config.get()
    // Tokens of plugin pages are signed with the same secret and must open nothing else.
    if ('token_type' in claims || 'purpose' in claims) throw new AstrBotError('invalid_token')
    if (claims.iat !== undefined && claims.iat > this.#clock.now() / second) throw new AstrBotError('invalid_token')
    const username = claims.username
    if (typeof username !== 'string' || username.trim() === '') throw new AstrBotError('invalid_token')
    if (claims.ver === undefined) return username
    if (claims.ver !== tokenVersion(dashboard)) throw new AstrBotError('invalid_token')
    return dashboard.username
  }

  async #claims(token: string): Promise<Claims> {
    const key = this.#secretKey()
    try {
      const currentDate = new Date(this.#clock.now())
      return (await jwtVerify<Claims>(token, key, { algorithms: ['HS256'], currentDate })).payload
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
      throw new AstrBotError(error instanceof errors.JWTExpired ? 'token_expired' : 'invalid_token')
    }
  }

  /** The one source of the secret: what the configuration holds at this moment. */
  #secretKey(): KeyObject {
    const secret = this.#config.get().dashboard.jwt_secret
    // An empty secret would let anybody sign.
    if (secret === '') throw new Error('dashboard.jwt_secret is empty: ensureFirstRun has not run')
    if (this.#key?.secret !== secret) this.#key = { secret, object: createSecretKey(secret, 'utf8') }
    return this.#key.object
  }
}

/**
 * A token of a quarter of an hour for whoever can read the configuration file, who could change everything anyway.
 * @throws Error before the first start, when there is no secret to sign with
 */
export function ownerToken(config: ConfigFile, clock: Clock = systemClock): Promise<string> {
  return new DashboardTokens(config, clock).issue(900)
}

/** How often the password was changed. */
export function tokenVersion(dashboard: { readonly token_version?: unknown }): number {
  return typeof dashboard.token_version === 'number' ? dashboard.token_version : 0
}
