import { type JsonObject, providerStarters } from '@astrbot/core'
import type { Arguments, Command, Terminal } from './command.ts'
import { type Connection, connect, Refusal } from './connection.ts'
import { CommandFailure } from './failure.ts'
import { trialLine, tryOut } from './provider-test.ts'

type Starter = ReturnType<typeof providerStarters>[string]

export const providerAdd: Command = {
  name: 'provider add',
  usage:
    '<vendor or source> [--model <name>]… [--key <key, $VARIABLE, or - to read it>]… [--base-url <url>] [--id <id>] [--proxy <url>] [--timeout <seconds>] [--header <name=value>]… [--set <setting=value>]… [--no-test]',
  summary: 'store a vendor with its models, or one more model of a stored source, and try it',
  flags: {
    model: { type: 'string', multiple: true },
    key: { type: 'string', multiple: true },
    'base-url': { type: 'string' },
    id: { type: 'string' },
    proxy: { type: 'string' },
    timeout: { type: 'string' },
    header: { type: 'string', multiple: true },
    set: { type: 'string', multiple: true },
    'no-test': { type: 'boolean' },
  },

  async run(args, terminal) {
    const word = args.word(0, 'the vendor')
    args.atMost(1)
    const models = args.texts('model')
    await using connection = await connect(terminal.env, { create: true })
    const asSource = changesSource(args) ? undefined : await sourceOf(connection, word)
    const starter = asSource ? undefined : starterOf(word)
    if (starter && starter['provider_type'] !== 'chat_completion') {
      const id = await addSingle(connection, args, terminal, starter)
      return report(connection, [id], [], args, terminal)
    }
    const source = asSource ?? (await addSource(connection, await settings(args, terminal, starter ?? {})))
    const ids: string[] = []
    for (const model of models) ids.push(await addModel(connection, source, model))
    const offered = models.length === 0 ? await modelsOf(connection, source) : []
    return report(connection, ids, offered, args, terminal, source)
  },
}

function changesSource(args: Arguments): boolean {
  const single = ['base-url', 'id', 'proxy', 'timeout'].some(flag => args.text(flag) !== undefined)
  return single || ['key', 'header', 'set'].some(flag => args.texts(flag).length > 0)
}

async function sourceOf(connection: Connection, id: string): Promise<string | undefined> {
  const { provider_sources } = (await connection.call('GET', '/provider-sources')) as {
    provider_sources: { id: string }[]
  }
  return provider_sources.some(source => source.id === id) ? id : undefined
}

function starterOf(word: string): Starter {
  const starters = Object.entries(providerStarters())
  const wanted = word.toLowerCase()
  const found = starters.find(([title, { id }]) => id === word || title.toLowerCase() === wanted)
  if (found) return found[1]
  const ids = starters.map(([, { id }]) => String(id)).join(', ')
  throw new CommandFailure(
    `There is no source and no vendor ${word}. Vendors: ${ids}.\nFor another server that speaks OpenAI's API: astrbot provider add openai --id ${word} --base-url <url> --model <name>`,
  )
}

/** The starter of a vendor with what the flags say. */
async function settings(args: Arguments, terminal: Terminal, starter: Starter): Promise<JsonObject> {
  const result = { ...starter, id: args.text('id') ?? starter['id'], enable: true } as JsonObject
  const keys = await Promise.all(
    args.texts('key').map(async key => (key === '-' ? (await terminal.readInput()).trim() : key)),
  )
  if (keys.length > 0) {
    const place = settingLike(result, /^(key|api_key)$|_api_key$/) ?? 'key'
    result[place] = Array.isArray(result[place]) || place === 'key' ? keys : (keys[0] ?? '')
  }
  const url = args.text('base-url')
  if (url !== undefined) result[settingLike(result, /api_base$|base_url$/) ?? 'api_base'] = url
  const proxy = args.text('proxy')
  if (proxy !== undefined) result['proxy'] = proxy
  const timeout = args.text('timeout')
  if (timeout !== undefined) {
    if (!(Number(timeout) > 0)) throw args.refuse(`--timeout must be a number of seconds, not "${timeout}"`)
    result['timeout'] = Number(timeout)
  }
  const headers = args.texts('header').map(pair => splitPair(pair, 'header', args))
  if (headers.length > 0) result['custom_headers'] = Object.fromEntries(headers)
  for (const pair of args.texts('set')) {
    const [key, value] = splitPair(pair, 'set', args)
    result[key] = parsed(value)
  }
  return result
}

function settingLike(settings: JsonObject, name: RegExp): string | undefined {
  return Object.keys(settings).find(key => name.test(key))
}

function splitPair(pair: string, flag: string, args: Arguments): [string, string] {
  const at = pair.indexOf('=')
  if (at < 1) throw args.refuse(`--${flag} takes name=value, not "${pair}"`)
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}

function parsed(value: string): JsonObject[string] {
  try {
    return JSON.parse(value) as JsonObject[string]
  } catch {
    return value
  }
}

async function addSource(connection: Connection, config: JsonObject): Promise<string> {
  const id = String(config['id'])
  try {
    await connection.call('POST', '/provider-sources', { body: { config } })
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'provider_source_exists')) throw error
    throw new CommandFailure(
      `${error.message.replace(/\.$/, '')}. Add a model to it with \`astrbot provider add ${id} --model <name>\`, or take another --id.`,
    )
  }
  return id
}

async function addModel(connection: Connection, source: string, model: string): Promise<string> {
  const id = `${source}/${model}`
  const config = { id, model, provider_source_id: source, enable: true }
  await connection.call('POST', '/providers', { body: { config } })
  return id
}

/** Everything but chat models: one entry, no source. */
async function addSingle(
  connection: Connection,
  args: Arguments,
  terminal: Terminal,
  starter: Starter,
): Promise<string> {
  const config = await settings(args, terminal, starter)
  const [model] = args.texts('model')
  if (model !== undefined) config[settingLike(config, /^model$|_model$/) ?? 'model'] = model
  await connection.call('POST', '/providers', { body: { config } })
  return String(config['id'])
}

async function modelsOf(connection: Connection, source: string): Promise<string[]> {
  try {
    const query = { source_id: source }
    return ((await connection.call('GET', '/provider-sources/models', { query })) as { models: string[] }).models
  } catch (error) {
    if (error instanceof Refusal) return []
    throw error
  }
}

async function report(
  connection: Connection,
  ids: string[],
  offered: string[],
  args: Arguments,
  { print }: Terminal,
  source?: string,
): Promise<number> {
  const json = args.is('json')
  if (!json) {
    for (const id of ids) print(`added ${id}`)
    if (ids.length === 0) {
      print(`stored the source ${source}; it has no models yet`)
      if (offered.length > 0) print(`it offers: ${offered.join(', ')}`)
      print(`add one with: astrbot provider add ${source} --model <name>`)
    }
  }
  const trials = []
  for (const id of args.is('no-test') ? [] : ids) {
    const trial = await tryOut(connection, id)
    trials.push(trial)
    if (!json) print(trialLine(trial))
  }
  if (json) print(JSON.stringify({ source: source ?? null, added: ids, offered, tests: trials }, null, 2))
  return trials.every(trial => trial.error === null) ? 0 : 1
}
