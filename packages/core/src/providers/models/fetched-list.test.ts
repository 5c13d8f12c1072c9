import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { day, systemClock } from '../../clock.ts'
import { silentLog } from '../../log.ts'
import { contextTokensOf } from '../context-window.ts'
import type { Fetch } from '../http-fetch.ts'
import { until } from '../providers.testing.ts'
import { FetchedList } from './fetched-list.ts'
import { ModelCatalogue } from './metadata.ts'
import { readModelList } from './read-list.ts'

const published = {
  first: { models: { 'brand-new': { limit: { context: 1 } } } },
  second: {
    models: {
      'brand-new': {
        reasoning: true,
        tool_call: true,
        release_date: '2027-01-01',
        modalities: { input: ['text', 'image', 7], output: ['text'] },
        limit: { context: 5000, output: 'many' },
        cost: { input: 1, output: 2, cache_read: 0.1 },
      },
      'gpt-4o': { limit: { context: 999 }, cost: { input: 1 } },
    },
  },
  odd: { models: 'none' },
  odder: null,
}

let dataDir: string
let catalogue: ModelCatalogue
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'astrbot-models-'))
  catalogue = new ModelCatalogue()
})
afterEach(() => rm(dataDir, { recursive: true }))

const url = 'https://models.example/api.json'
const file = () => join(dataDir, 'model-metadata.json')

function listFrom(answer: () => Response, address: string | undefined = url) {
  const asked: string[] = []
  const send: Fetch = async input => {
    asked.push(String(input))
    return answer()
  }
  const policy = { privateAddresses: 'allow' } as const
  const options = { catalogue, dataDir, url: address, send, policy, clock: systemClock, log: silentLog }
  return { list: new FetchedList(options), asked }
}

test('a published list is read, whatever is odd in it', () => {
  const models = readModelList(JSON.stringify(published))
  expect(models.get('brand-new')).toEqual({
    id: 'brand-new',
    reasoning: true,
    tool_call: true,
    knowledge: 'none',
    release_date: '2027-01-01',
    modalities: { input: ['text', 'image'], output: ['text'] },
    open_weights: false,
    limit: { context: 5000, output: 0 },
    cost: { input: 1, output: 2, cache_read: 0.1 },
  })
  expect(models.get('gpt-4o')).not.toHaveProperty('cost')
  for (const text of ['{}', '[]', 'null', '<html>']) expect(() => readModelList(text)).toThrow()
})

describe('a list', () => {
  test('is never fetched without an address', async () => {
    const { list, asked } = listFrom(() => Response.json(published), '')
    await list.start()
    await list.refresh()
    await list.stop()
    expect(asked).toEqual([])
    expect(catalogue.find('brand-new')).toBeUndefined()
    expect(catalogue.find('gpt-4o')?.cost).toEqual({ input: 2.5, output: 10, cache_read: 1.25 })
  })

  test('is fetched in the background, kept, and counts before that of the package', async () => {
    const { list, asked } = listFrom(() => Response.json(published))
    await list.start()
    await until(() => catalogue.find('brand-new') !== undefined)
    expect(asked).toEqual([url])
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(published)
    expect(catalogue.find('openai/gpt-4o')?.limit.context).toBe(999)
    expect(catalogue.find('gpt-4o-mini')?.limit.context).toBe(128_000)
    expect(contextTokensOf('brand-new', id => catalogue.find(id)?.limit.context)).toBe(5000)
    await list.stop()
  })

  test('that is a day old is fetched again, a younger one is not', async () => {
    await writeFile(file(), JSON.stringify(published))
    const young = listFrom(() => Response.json({}))
    await young.list.start()
    await young.list.stop()
    expect(young.asked).toEqual([])
    expect(catalogue.find('brand-new')).toBeDefined()
    const before = (Date.now() - day - 1000) / 1000
    await utimes(file(), before, before)
    const old = listFrom(() => Response.json(published))
    await old.list.start()
    await old.list.stop()
    expect(old.asked).toEqual([url])
  })

  test.each([
    ['an error', () => new Response('no', { status: 500 })],
    ['a page', () => new Response('<html>')],
    ['nothing of use', () => Response.json({ models: [] })],
  ])('stays when %s comes in its place', async (_name, answer) => {
    await writeFile(file(), JSON.stringify(published))
    const { list } = listFrom(answer)
    await list.start()
    await expect(list.refresh()).rejects.toThrow()
    await list.stop()
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(published)
    expect(catalogue.find('brand-new')).toBeDefined()
  })

  test('that somebody broke by hand does not stop the start', async () => {
    await writeFile(file(), '{')
    const { list } = listFrom(() => Response.json(published), '')
    await list.start()
    await list.stop()
    expect(catalogue.find('gpt-4o')).toBeDefined()
  })
})
