import { dashboardTokenLifetime, trustedDeviceLifetime } from '@astrbot/core'
import { type Call, caller, type HandlersOf } from '../handler.ts'

import { cookie, tokenCookie } from '../http/credentials.ts'
import { Reply } from '../http/reply.ts'

const deviceCookie = 'astrbot_totp_trusted_device'
/** Older clients log in below `/api/auth`, current ones below `/api/v1/auth`; a cookie reaches only its own path. */
const devicePaths = ['/api/auth', '/api/v1/auth']

export const auth: HandlersOf<'Auth'> = {
  async login({ body }, call) {
    const trustedDevice = cookie(call.request, deviceCookie)
    const result = await call.bot.auth.login(body, { address: call.address, trustedDevice })
    const cookies = [setCookie(tokenCookie, result.data.token, '/', dashboardTokenLifetime, call)]
    if (result.trustedDevice) {
      for (const path of devicePaths)
        cookies.push(setCookie(deviceCookie, result.trustedDevice, path, trustedDeviceLifetime, call))
    }
    return new Reply(result.data, { headers: cookies })
  },

  logout: (_, call) => new Reply({}, { message: 'Logged out', headers: [setCookie(tokenCookie, '', '/', 0, call)] }),

  getAuthSetupStatus: (_, { bot }) => bot.auth.setupStatus(),

  async setupAuth({ body }, call) {
    const data = await call.bot.auth.setup(body, call.identity, call)
    const headers = [setCookie(tokenCookie, data.token, '/', dashboardTokenLifetime, call)]
    return new Reply(data, { message: 'Setup completed successfully', headers })
  },

  async setupTotp({ body }, call) {
    const data = await call.bot.auth.setupTotp(body ?? {}, caller(call), call)
    return 'recovery_code' in data ? new Reply(data, { message: 'TOTP verified' }) : data
  },

  recoverTotp: (_, { bot }) => bot.auth.recoverTotp(),

  async updateAuthAccount({ body }, call) {
    await call.bot.auth.updateAccount(body, call)
    return new Reply({}, { message: 'Updated account successfully' })
  },
}

function setCookie(name: string, value: string, path: string, lifetime: number, call: Call): [string, string] {
  const scope = `${call.basePath}${path}`.replace(/(.)\/$/, '$1')
  const secure = call.secure ? '; Secure' : ''
  return ['Set-Cookie', `${name}=${value}; Max-Age=${lifetime}; Path=${scope}; HttpOnly; SameSite=Strict${secure}`]
}
