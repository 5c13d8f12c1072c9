/** Reads fields of JSON that a vendor sent and nobody vouches for. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

export function textField(value: unknown, name: string): string {
  const found = field(value, name)
  return typeof found === 'string' ? found : ''
}

export function listField(value: unknown, name: string): unknown[] {
  const found = field(value, name)
  return Array.isArray(found) ? found : []
}

export function countField(value: unknown, name: string): number {
  const found = field(value, name)
  return typeof found === 'number' && Number.isFinite(found) ? found : 0
}
