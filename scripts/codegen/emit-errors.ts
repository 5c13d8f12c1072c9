import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** `errors.ts`: the error catalogue as data and as the union of its codes. */
export function emitErrors(file: string): string {
  const catalogue = parse(readFileSync(file, 'utf8')) as Record<string, { status: number; en: string; zh: string }>
  for (const [code, entry] of Object.entries(catalogue)) {
    if (!/^[a-z][a-z0-9_]*$/.test(code)) throw new Error(`${file}: ${code} is not snake_case`)
    if (!(entry.status >= 400 && entry.status < 600 && entry.en && entry.zh))
      throw new Error(`${file}: ${code} is incomplete`)
  }
  const lines = Object.entries(catalogue).map(([code, entry]) => `  ${code}: ${JSON.stringify(entry)},`)
  return `/** Every error code with its HTTP status and its sentence in English and Chinese. */
export const errorCatalogue = {
${lines.join('\n')}
} as const satisfies Record<string, { status: number; en: string; zh: string }>

/** The stable name of an error, as sent in \`data.code\`. */
export type ErrorCode = keyof typeof errorCatalogue
`
}
