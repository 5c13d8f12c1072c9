import { expect, test } from 'vitest'
import { environmentEntries } from './environment.ts'
import { configWith } from './providers.testing.ts'
import { proxyFor } from './proxy.ts'

const config = configWith([], [])

test.each([
  ['localhost', 'http://localhost:11434/v1'],
  ['0.0.0.0:1234', 'http://127.0.0.1:1234/v1'],
  [':1234', 'http://127.0.0.1:1234/v1'],
  ['http://10.0.0.2:11434/', 'http://10.0.0.2:11434/v1'],
  ['https://ollama.example', 'https://ollama.example/v1'],
])('OLLAMA_HOST=%s', (host, url) => {
  expect(environmentEntries({ OLLAMA_HOST: host }, config)[0]?.baseUrl).toBe(url)
})

test.each([
  ['OPENAI', 'http://h/v1/chat/completions', 'http://h/v1'],
  ['ANTHROPIC', 'http://h/v1/', 'http://h'],
  ['GEMINI', 'http://h/v1beta', 'http://h'],
])('%s_BASE_URL=%s', (vendor, url, expected) => {
  const env = { [`${vendor}_API_KEY`]: 'k', [`${vendor}_BASE_URL`]: url }
  expect(environmentEntries(env, config)[0]?.baseUrl).toBe(expected)
})

test('proxies: the source, the configuration, the environment; never for this machine unless the source says so', () => {
  const configured = { ...config, http_proxy: 'http://c:1', no_proxy: ['10.*', '.local', 'x.example'] }
  const env = { HTTPS_PROXY: 'http://e:1', no_proxy: 'y.example' }
  expect(proxyFor('http://127.0.0.1/', 'http://own:1', configured, env)).toBe('http://own:1')
  expect(proxyFor('http://127.0.0.1:1/', '', configured, env)).toBe('')
  expect(proxyFor('http://localhost', '', configured, env)).toBe('')
  expect(proxyFor('https://api.example', '', configured, env)).toBe('http://c:1')
  for (const host of ['10.1.2.3', 'a.local', 'x.example'])
    expect(proxyFor(`https://${host}`, '', configured, env)).toBe('')
  expect(proxyFor('https://api.example', '', config, env)).toBe('http://e:1')
  expect(proxyFor('https://y.example', '', config, env)).toBe('')
  expect(proxyFor('http://api.example', '', config, env)).toBe('')
  expect(proxyFor('nonsense', '', configured, env)).toBe('')
})
