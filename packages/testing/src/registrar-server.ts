import { createCipheriv, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { listening } from './listening.ts'

export interface RegistrarServer {
  url: string
  stop(): Promise<void>
}

/** What the vendor answers: a status and JSON; undefined for no answer at all. */
type Said = [status: number, body: object] | undefined

/**
 * Starts a server that registers apps as Lark, DingTalk, QQ and WeChat do. Lark's polls go from waiting over refused to
 * done; QQ's task `hang` is never answered.
 */
export async function startRegistrarServer(): Promise<RegistrarServer> {
  let larkPolls = 0
  let bindKey = ''

  const answer = (path: string, text: string): Said => {
    const json = () => JSON.parse(text) as Record<string, unknown>
    if (path.endsWith('/oauth/v1/app/registration')) {
      if (new URLSearchParams(text).get('action') === 'begin')
        return [200, { data: { device_code: 'dev-1', user_code: 'AB-CD', expires_in: 300, interval: 5 } }]
      larkPolls++
      if (larkPolls === 1) return [400, { error: 'authorization_pending' }]
      if (larkPolls === 2) return [400, { error: 'access_denied', error_description: 'no' }]
      return [200, { client_id: 'cli_1', client_secret: 's-1', user_info: { tenant_brand: 'feishu' } }]
    }
    if (path.endsWith('/tenant_access_token/internal')) return [200, { code: 0, tenant_access_token: 't-1' }]
    if (path.endsWith('/bot/v3/info')) return [200, { code: 0, bot: { app_name: 'Registered', open_id: 'ou_1' } }]
    if (path.endsWith('/app/registration/init')) return [200, { errcode: 0, nonce: 'n-1' }]
    if (path.endsWith('/app/registration/begin')) return [200, { errcode: 0, device_code: 'ding-1', interval: 3 }]
    if (path.endsWith('/app/registration/poll'))
      return [200, { errcode: 0, status: 'SUCCESS', client_id: 'ding-id', client_secret: 'ding-secret' }]
    if (path.endsWith('/lite/create_bind_task')) {
      bindKey = String(json()['key'])
      return [200, { retcode: 0, data: { task_id: 'task-1' } }]
    }
    if (path.endsWith('/lite/poll_bind_result')) {
      if (json()['task_id'] === 'hang') return undefined
      return [
        200,
        { retcode: 0, data: { status: 2, bot_appid: '1001', bot_encrypt_secret: sealed('qq-secret', bindKey) } },
      ]
    }
    if (path.includes('/ilink/bot/get_bot_qrcode')) return [200, { qrcode: 'qr-1', qrcode_img_content: 'https://qr/1' }]
    if (path.includes('/ilink/bot/get_qrcode_status'))
      return [
        200,
        path.includes('qr-done') ? { status: 'confirmed', bot_token: 'bt', ilink_bot_id: 'ib' } : { status: 'wait' },
      ]
    return [404, { error: 'no such path' }]
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const said = answer(request.url ?? '', Buffer.concat(chunks).toString())
      if (!said) return
      response.writeHead(said[0], { 'content-type': 'application/json' })
      response.end(JSON.stringify(said[1]))
    })
  })
  return listening(server)
}

function sealed(secret: string, key: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64'), nonce)
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString('base64')
}
