/** Values that a JSON field may be given by somebody who means no good, with a name for the report. */
export function nastyValues(): [name: string, value: unknown][] {
  return [
    ['empty text', ''],
    ['blank text', ' \t\n'],
    ['1 MiB of text', 'x'.repeat(1024 * 1024)],
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['the other half first', '\udc00\ud800'],
    ['SQL', `'; DROP TABLE api_keys; --`],
    ['a path', '../../../../etc/passwd'],
    ['right-to-left and invisible', '\u202e\u200b\ufeff\u2066'],
    ['0', 0],
    ['-1', -1],
    ['1.5', 1.5],
    ['beyond exact integers', 2 ** 53 + 2],
    ['the largest number', 1.7976931348623157e308],
    ['true', true],
    ['null', null],
    ['an empty list', []],
    ['an empty object', {}],
    ['10 000 parts', Array.from({ length: 10_000 }, () => ({ type: 'plain', text: 'x' }))],
    ['10 000 numbers', Array.from({ length: 10_000 }, (_, i) => i)],
    ['a list of null', [null]],
    ['200 nested lists', nested(200, inner => [inner])],
    ['200 nested objects', nested(200, inner => ({ a: inner }))],
    ['__proto__', JSON.parse('{"__proto__":{"polluted":true}}')],
    ['constructor', { constructor: { prototype: { polluted: true } } }],
    ['a key with NUL', { 'a\0b': 1 }],
    ['a key with half a surrogate pair', { '\ud800': 1 }],
    ['keys of every object', { toString: 1, hasOwnProperty: 1, length: -1, valueOf: 'x' }],
  ]
}

/** Whether text anywhere in a value holds NUL or half a surrogate pair: refused although JSON Schema allows it. */
export function hasBrokenText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed()
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => hasBrokenText(key) || hasBrokenText(inner))
}

/** Texts that are no JSON, or none that anybody needs. */
export const brokenJson: readonly [name: string, body: string | Uint8Array<ArrayBuffer>][] = [
  ['half an object', '{"a":'],
  ['an object too many', '{}{}'],
  ['a comma too many', '{"a":1,}'],
  ['no quotes', '{a:1}'],
  ['a comment', '{}//'],
  ['NaN', '{"a":NaN}'],
  ['a raw line break in text', '{"a":"\n"}'],
  ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', new Uint8Array(Buffer.from('{"a":1}', 'utf16le'))],
  ['gzip', new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])],
  ['200 levels', `${'['.repeat(200)}${']'.repeat(200)}`],
  ['100 000 levels', '['.repeat(100_000)],
  ['100 000 levels of objects', '{"a":'.repeat(100_000)],
]

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = wrap(value)
  return value
}
