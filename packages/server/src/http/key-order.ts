/**
 * The checked value with the keys of its objects in the order in which they were sent: checking puts those it knows
 * first, and what people wrote into settings is to be found again as they wrote it. Keys that checking left out stay out.
 */
export function inOrderOf<T>(sent: unknown, checked: T): T {
  return reorder(sent, checked) as T
}

function reorder(sent: unknown, checked: unknown): unknown {
  if (Array.isArray(sent) && Array.isArray(checked)) return checked.map((item, i) => reorder(sent[i], item))
  if (!isPlain(sent) || !isPlain(checked)) return checked
  const ordered: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(sent), ...Object.keys(checked)])) {
    if (!Object.hasOwn(checked, key)) continue
    ordered[key] = reorder(sent[key], checked[key])
  }
  return ordered
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
