import { globSync, readFileSync } from 'node:fs'
import { basename, join, posix, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

interface Source {
  /** From the root, with slashes. */
  file: string
  lines: string[]
  /** Without comments. */
  code: string
  imports: string[]
}

const everything = globSync('{packages/*/src,scripts,tests}/**/*.{ts,tsx,js,mjs}', { cwd: root })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => !/\/(generated|node_modules|dist)\//.test(file))
  .map(read)

function read(file: string): Source {
  const text = readFileSync(join(root, file), 'utf8')
  const code = text.replaceAll(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, '').replaceAll(/^\s*\/\/.*$/gm, '')
  return { file, lines: text.split('\n'), code, imports: importsOf(code) }
}

/** What a source imports, exports from, or loads later. */
function importsOf(code: string): string[] {
  const from = /(?:^|[;\n])\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/g
  const bare = /(?:^|[;\n])\s*import\s*['"]([^'"]+)['"]/g
  const lazy = /\bimport\(\s*['"]([^'"]+)['"]/g
  return [from, bare, lazy].flatMap(pattern => [...code.matchAll(pattern)].map(([, name]) => name ?? ''))
}

/** The sources of a package, tests aside: those may use what the package itself may not. */
function sourcesOf(name: string): Source[] {
  return everything.filter(
    ({ file }) => file.startsWith(`packages/${name}/src/`) && !/\.(test|test-d|testing)\.ts$/.test(file),
  )
}

/** Where an import leads: a file from the root for relative ones, the name as it stands for others. */
function target({ file }: Source, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier
}

/** `file → import` for every import of a package that is not allowed. */
function offending(name: string, allowed: (target: string) => boolean): string[] {
  return sourcesOf(name).flatMap(source =>
    source.imports
      .map(specifier => target(source, specifier))
      .filter(to => !to.startsWith(`packages/${name}/`) && !allowed(to))
      .map(to => `${source.file} → ${to}`),
  )
}

const isOurs = (to: string) => to.startsWith('@astrbot/') || to.startsWith('packages/')
const isHttp = (to: string) => /^(hono|@hono|node:(http2?|https|net))(\/|$)/.test(to)
/** Where core calls out to other hosts: what refuses private addresses, redirects and endless answers. */
const doors = ['packages/core/src/providers/http-fetch.ts', 'packages/core/src/guards/safe-fetch.ts']

describe('who may import whom', () => {
  it('finds the sources at all', () => {
    for (const name of ['contract', 'core', 'server', 'client', 'testing'])
      expect(sourcesOf(name).length, name).toBeGreaterThan(2)
    const code =
      "import a, {\n  type B,\n} from './a.ts'\nimport 'b'\nexport * from \"c\"\nexport type { D } from 'd'\nawait import('e')\n"
    expect(importsOf(code)).toEqual(['./a.ts', 'c', 'd', 'b', 'e'])
  })

  it('contract imports nothing of ours', () => {
    expect(offending('contract', to => !isOurs(to))).toEqual([])
  })

  it('core imports the contract and what plugins import, and knows no HTTP server', () => {
    const ours = /^@astrbot\/(contract|plugin)(\/|$)/
    const strangers = offending('core', to => ours.test(to) || (!isOurs(to) && !isHttp(to)))
    expect(strangers.filter(line => !doors.some(door => line.startsWith(`${door} → node:`)))).toEqual([])
  })

  it('plugin imports nothing of ours', () => {
    expect(offending('plugin', to => !isOurs(to))).toEqual([])
  })

  it('server imports the contract and core', () => {
    const ours = /^@astrbot\/(contract|core)(\/|$)/
    expect(offending('server', to => ours.test(to) || !isOurs(to))).toEqual([])
  })

  it('client imports nothing of ours, nothing of Node, and not Zod', () => {
    expect(offending('client', to => !isOurs(to) && !/^(node:|zod|hono|@hono)/.test(to))).toEqual([])
  })

  it('a domain of core reaches another through its public face alone', () => {
    const reaching = sourcesOf('core').flatMap(source => {
      const own = domainOf(source.file)
      return source.imports.flatMap(specifier => {
        const to = target(source, specifier)
        const other = domainOf(to)
        if (own === undefined || other === undefined || own === other || shared.includes(other)) return []
        // The store collects the table types of all domains.
        const table = source.file === 'packages/core/src/store/database.ts' && to.endsWith('/table.ts')
        return table || to.endsWith('/index.ts') ? [] : [`${own} → ${to.slice('packages/core/src/'.length)}`]
      })
    })
    expect([...new Set(reaching)].filter(edge => !owed.includes(edge))).toEqual([])
  })
})

/** Folders of core that are no domains but tools of all domains. */
const shared = ['store', 'guards']

/** Reaches from before the rule was held by a test. This list only shrinks. */
const owed = [
  'agent → chat/types.ts',
  'agent → providers/model.ts',
  'chat → agent/opening.ts',
  'chat → agent/tokens.ts',
  'chat → agent/turn.ts',
  'chat → providers/model.ts',
  'conversations → agent/tokens.ts',
  'conversations → providers/model.ts',
]

function domainOf(file: string): string | undefined {
  return /^packages\/core\/src\/([\w-]+)\//.exec(file)?.[1]
}

/** `file:line` of every line of code that matches. */
function lines(sources: Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ file, code }) =>
    code.split('\n').flatMap(line => (pattern.test(line) ? [`${file}: ${line.trim()}`] : [])),
  )
}

describe('how the code is kept', () => {
  it('no file is longer than 400 lines', () => {
    expect(
      everything.filter(({ lines }) => lines.length > 401).map(({ file, lines }) => `${file} ${lines.length}`),
    ).toEqual([])
  })

  it('files are named in kebab-case', () => {
    expect(
      everything
        .map(({ file }) => file)
        .filter(file => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(basename(file))),
    ).toEqual([])
  })

  it('nothing is cast to any', () => {
    // This file names what it looks for.
    const others = everything.filter(({ file }) => file !== relative(root, import.meta.filename).replaceAll('\\', '/'))
    expect(lines(others, /\bas any\b|<any>/)).toEqual([])
  })

  it('core reads no environment: options are handed to it', () => {
    expect(lines(sourcesOf('core'), /\bprocess\.env\b/)).toEqual([])
  })

  it('core calls out through one guarded door', () => {
    const calls = lines(sourcesOf('core'), /(?<![.\w])fetch\(|globalThis\.fetch\(|\bhttps?\.request\(/)
    expect(calls.filter(call => !doors.some(door => call.startsWith(door)))).toEqual([])
  })

  it('queries stand in store files alone', () => {
    const queries = /\.(selectFrom|insertInto|updateTable|deleteFrom)\(|\bsql`/
    const elsewhere = sourcesOf('core').filter(
      ({ file }) => !/\/store\.ts$|-store\.ts$|\/core\/src\/store\//.test(file),
    )
    expect(lines(elsewhere, queries)).toEqual([])
  })
})
