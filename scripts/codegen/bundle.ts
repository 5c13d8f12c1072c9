import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import type { Document, Json } from './document.ts'

type Node = { [key: string]: Json }

const kinds: Record<string, string> = { 'parameters.yaml': 'parameters', 'responses.yaml': 'responses' }

/**
 * Reads `openapi-v1.yaml` and the files it refers to and returns one document.
 * Every named thing of another file becomes a component of the same name; path items are inlined.
 * A `$ref` that leads nowhere and a name used by two files are errors that name the file and the place.
 */
export function bundle(rootFile: string): Document {
  const files = new Map<string, Node>()
  const components: Record<string, Node> = { schemas: {}, parameters: {}, responses: {} }
  const owners = new Map<string, string>()

  const load = (file: string): Node => {
    const known = files.get(file)
    if (known) return known
    const node = parse(readFileSync(file, 'utf8')) as Node
    files.set(file, node)
    return node
  }

  const lookUp = (ref: string, from: string, at: string) => {
    const [target = '', name = ''] = ref.split('#/')
    const file = target === '' ? from : resolve(dirname(from), target)
    const value = load(file)[name]
    if (value === undefined) throw new Error(`${from}: ${at}: ${ref} leads nowhere`)
    return { file, name, value }
  }

  const component = (ref: string, from: string, at: string): string => {
    const { file, name, value } = lookUp(ref, from, at)
    const kind = kinds[basename(file)] ?? 'schemas'
    const owner = owners.get(`${kind}/${name}`)
    if (owner !== undefined && owner !== file) throw new Error(`${name} is defined in ${owner} and in ${file}`)
    if (owner === undefined) {
      owners.set(`${kind}/${name}`, file)
      const group = components[kind] ?? {}
      group[name] = null // keeps its place while its own references are followed
      group[name] = walk(value, file, name)
    }
    return `#/components/${kind}/${name}`
  }

  const walk = (node: Json, file: string, at: string): Json => {
    if (Array.isArray(node)) return node.map((item, i) => walk(item, file, `${at}/${i}`))
    if (node === null || typeof node !== 'object') return node
    const out: Node = {}
    for (const [key, value] of Object.entries(node)) {
      out[key] =
        key === '$ref' && typeof value === 'string' ? component(value, file, at) : walk(value, file, `${at}/${key}`)
    }
    return out
  }

  const root = load(rootFile)
  const paths: Node = {}
  for (const [path, item] of Object.entries(root['paths'] as Node)) {
    const { file, name, value } = lookUp((item as { $ref: string }).$ref, rootFile, path)
    paths[path] = walk(value, file, name)
  }
  const sorted = Object.fromEntries(
    Object.entries(components).map(([kind, group]) => [
      kind,
      Object.fromEntries(Object.entries(group).sort(([a], [b]) => (a < b ? -1 : 1))),
    ]),
  )
  return { ...root, paths, components: { ...(root['components'] as Node), ...sorted } } as unknown as Document
}
