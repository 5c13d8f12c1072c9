import type { ServerOptions } from './options.ts'
import type { RunningServer } from './server.ts'

/** What the operator reads after the start: where to go, and on the first start what to log in and call with. */
export function greeting({ url, firstRun, bot }: RunningServer, options: ServerOptions): string {
  const reachable = url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//127.0.0.1:')
  const base = `${reachable}${options.basePath}`
  const [provider] = bot.providers.list()
  const lines = [
    '',
    `  AstrBot is listening on ${url}`,
    `  API reference  ${base}/api/v1/docs`,
    `  Data           ${options.dataDir}`,
  ]
  if (provider)
    lines.push(
      `  Model          ${provider.id}${provider.origin === 'built-in' ? '  (set OPENAI_API_KEY for a real one)' : ''}`,
    )
  if (firstRun.password !== undefined) {
    lines.push(
      '',
      '  First start. These are shown once:',
      `  User name      ${bot.config.get().dashboard.username}`,
      `  Password       ${firstRun.password}`,
    )
  }
  if (firstRun.apiKey !== undefined) {
    lines.push(
      `  API key        ${firstRun.apiKey}  (scope: chat)`,
      '',
      '  Try it:',
      '',
      `  curl -N ${base}/api/v1/chat -H 'X-API-Key: ${firstRun.apiKey}' \\`,
      `    -H 'Content-Type: application/json' -d '{"username":"me","message":"Hello!"}'`,
    )
  }
  return `${lines.join('\n')}\n`
}
