import { spawn, spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestServer } from '../support/server.ts'
import { type InstalledClient, installPackedClient, runOnNode } from './packed.ts'
import { expected, program } from './program.ts'

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  name => spawnSync(name, ['--version']).status === 0,
)
if (!chromium) console.warn('SKIPPED: no Chromium on this machine; the client is not tested in a browser')

describe('the packed client', () => {
  let client: InstalledClient
  let server: TestServer
  let apiKey: string
  let pageOrigin: string
  let close: () => void
  const told = Promise.withResolvers<string>()

  beforeAll(async () => {
    client = await installPackedClient()
    await writeFile(join(client.dir, 'use-client.mjs'), program)
    const pages = createServer(async (request, response) => {
      if (request.method === 'POST') {
        let text = ''
        for await (const chunk of request) text += chunk
        told.resolve(text)
        response.end()
        return
      }
      const file = request.url === '/bundle.js' ? 'bundle.js' : 'page.html'
      response.setHeader('Content-Type', file.endsWith('.js') ? 'text/javascript' : 'text/html')
      response.end(await readFile(join(client.dir, file)))
    })
    await new Promise<void>(resolve => pages.listen(0, '127.0.0.1', resolve))
    close = () => pages.close()
    pageOrigin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
    server = await TestServer.start({ env: { ASTRBOT_CORS_ORIGINS: pageOrigin } })
    apiKey = (await server.call('createApiKey', { json: { scopes: ['chat', 'file'] } })).data.api_key
  }, 120_000)
  afterAll(async () => {
    close()
    await server[Symbol.asyncDispose]()
    await client[Symbol.asyncDispose]()
  })

  const settings = () => ({ baseUrl: server.url, apiKey, wrongKey: 'abk_wrong' })

  it('holds what it needs and nothing of the sources', () => {
    expect(client.files).toEqual(
      expect.arrayContaining([
        'README.md',
        'LICENSE',
        'package.json',
        join('dist', 'index.js'),
        join('dist', 'index.d.ts'),
      ]),
    )
    expect(client.files.filter(name => name.endsWith('.test.ts') || name.startsWith('src'))).toEqual([])
  })

  it.each(['20.20.2', '22.23.3', '24.21.0'])('works on Node %s', { timeout: 150_000 }, async version => {
    await writeFile(
      join(client.dir, 'main.mjs'),
      `import { useClient } from './use-client.mjs'
       process.on('unhandledRejection', error => { console.error(error); process.exit(3) })
       // Node 20 has none of its own.
       const { WebSocket } = globalThis.WebSocket ? globalThis : await import('ws')
       console.log(JSON.stringify({ version: process.version, ...(await useClient(JSON.parse(process.env.SETTINGS), WebSocket)) }))`,
    )
    const output = await runOnNode(version, client.dir, 'main.mjs', { SETTINGS: JSON.stringify(settings()) })
    expect(JSON.parse(output)).toMatchObject({ version: `v${version}`, ...expected })
  })

  it.skipIf(!chromium)('works in headless Chromium, across origins', { timeout: 90_000 }, async () => {
    await writeFile(
      join(client.dir, 'browser.mjs'),
      `import { useClient } from './use-client.mjs'
       const tell = text => fetch('/told', { method: 'POST', body: text })
       useClient(${JSON.stringify(settings())}).then(result => tell(JSON.stringify(result)), error => tell('FAILED ' + error.stack))`,
    )
    await build({
      entryPoints: [join(client.dir, 'browser.mjs')],
      bundle: true,
      format: 'esm',
      outfile: join(client.dir, 'bundle.js'),
    })
    await writeFile(join(client.dir, 'page.html'), '<!doctype html><script type="module" src="bundle.js"></script>')
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(client.dir, 'profile')}`]
    const browser = spawn(chromium ?? '', [...flags, `${pageOrigin}/`], { stdio: 'ignore' })
    try {
      expect(JSON.parse(await told.promise)).toMatchObject(expected)
    } finally {
      browser.kill('SIGKILL')
    }
  })
})
