import { type operations, operationTable } from '@astrbot/contract'

type OperationId = keyof operations

interface Pattern {
  id: OperationId
  method: string
  expression: RegExp
  names: string[]
}

const patterns: Pattern[] = Object.entries(operationTable).map(([id, info]) => {
  const names: string[] = []
  const source = info.path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name)
    return info.slashes?.includes(name) ? '(.+?)' : '([^/]+)'
  })
  return { id: id as OperationId, method: info.method, expression: new RegExp(`^${source}$`), names }
})

/** The contract's path in the router's words. */
export function routerPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

/** Finds the operation of a path whose parameters hold slashes, which the router does not match. */
export function matchWithSlashes(
  method: string,
  path: string,
): { id: OperationId; params: Record<string, string> } | undefined {
  for (const { id, method: own, expression, names } of patterns) {
    if (own !== method || operationTable[id].slashes === undefined) continue
    const found = expression.exec(path)
    if (found) return { id, params: Object.fromEntries(names.map((name, i) => [name, decode(found[i + 1] ?? '')])) }
  }
  return undefined
}

/** The methods a path knows, for the `Allow` header of a 405. */
export function methodsOf(path: string): string[] {
  return [...new Set(patterns.filter(({ expression }) => expression.test(path)).map(({ method }) => method))]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
