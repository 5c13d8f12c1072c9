import type { ContractSummary, Facts, OperationSummary } from './summary.ts'

/** One thing the contract says otherwise than the seed. */
export interface Difference {
  /** `<operationId> <what>`: `listCommands scope`, `listChunks query page_size maximum`, `createBot body config required`. */
  place: string
  /** What each of them says; empty when it says nothing. */
  seed: string
  ours: string
}

const limits = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern', 'format', 'default']

/**
 * What a caller who relies on the seed could stumble over: anything missing or moved, another scope, a value that is
 * newly required or no longer required, a type or an enum word that is gone, a limit or a default that changed. Limits
 * where the seed names none are no difference: they are there against abuse.
 */
export function compare(seed: ContractSummary, ours: ContractSummary): Difference[] {
  return Object.entries(seed).flatMap(([id, theirs]) => {
    const own = ours[id]
    if (!own) return [{ place: `${id} missing`, seed: `${theirs.method} ${theirs.path}`, ours: '' }]
    return operation(theirs, own).map(difference => ({ ...difference, place: `${id} ${difference.place}` }))
  })
}

function operation(seed: OperationSummary, ours: OperationSummary): Difference[] {
  const plain = (['method', 'path', 'tag', 'scope'] as const)
    .filter(word => seed[word] !== ours[word])
    .map(word => ({ place: word, seed: seed[word], ours: ours[word] }))
  const parameters = group(seed.parameters, ours.parameters)
  const bodies = Object.keys({ ...seed.body, ...ours.body }).flatMap(type => {
    const theirs = seed.body[type]
    const own = ours.body[type]
    if (!own && ours.body['*/*']) return []
    const label = type === 'application/json' ? 'body' : `body ${type}`
    if (!own) return [{ place: `${label} missing`, seed: type, ours: '' }]
    if (!theirs)
      return own['']?.includes('required') && Object.keys(seed.body).length === 0
        ? [{ place: `${label} added`, seed: '', ours: type }]
        : []
    return group(theirs, own).map(d => ({ ...d, place: `${label} ${d.place}`.replace(/ {2,}/g, ' ') }))
  })
  return [...plain, ...parameters, ...bodies]
}

function group(seed: Record<string, Facts>, ours: Record<string, Facts>): Difference[] {
  const known = Object.entries(seed).flatMap(([name, facts]): Difference[] => {
    const own = ours[name]
    if (!own) return [{ place: `${name} missing`, seed: facts.join(' '), ours: '' }]
    return values(facts, own).map(d => ({ ...d, place: `${name} ${d.place}` }))
  })
  const added = Object.entries(ours).flatMap(([name, facts]): Difference[] => {
    if (seed[name] || !facts.includes('required')) return []
    const parent = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : undefined
    const grandchild = parent !== undefined && !(parent in seed) && !(parent.replace(/\[\]$/, '') in seed)
    return grandchild ? [] : [{ place: `${name} added`, seed: '', ours: facts.join(' ') }]
  })
  return [...known, ...added]
}

function values(seed: Facts, ours: Facts): Difference[] {
  const out: Difference[] = []
  if (seed.includes('required') !== ours.includes('required')) {
    out.push({ place: 'required', seed: String(seed.includes('required')), ours: String(ours.includes('required')) })
  }
  const lost = types(seed).filter(type => type !== 'any' && !covers(types(ours), type))
  if (lost.length > 0) out.push({ place: 'type', seed: types(seed).join('|'), ours: types(ours).join('|') })
  for (const limit of limits) {
    const theirs = word(seed, limit)
    const own = word(ours, limit)
    if (theirs !== undefined && theirs !== own) out.push({ place: limit, seed: theirs, ours: own ?? '' })
  }
  const own = word(ours, 'enum')?.split('|')
  const theirs = word(seed, 'enum')?.split('|')
  if (theirs && own && theirs.some(value => !own.includes(value))) {
    out.push({ place: 'enum', seed: theirs.join('|'), ours: own.join('|') })
  }
  return out
}

function covers(ours: string[], type: string): boolean {
  return ours.includes(type) || ours.includes('any') || (type === 'integer' && ours.includes('number'))
}

function types(facts: Facts): string[] {
  return facts.filter(fact => fact !== 'required' && !fact.includes('='))
}

function word(facts: Facts, name: string): string | undefined {
  return facts.find(fact => fact.startsWith(`${name}=`))?.slice(name.length + 1)
}
