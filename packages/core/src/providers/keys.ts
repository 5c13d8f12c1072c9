import type { DeepReadonly } from '../config/index.ts'
import type { Json } from '../json.ts'

/**
 * The usable keys of a configuration value: a list or a single text, `$NAME` and `${NAME}` replaced by that environment
 * variable, blanks left out.
 */
export function resolveKeys(
  value: DeepReadonly<Json> | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const listed = Array.isArray(value) ? value : [value]
  return listed
    .filter(key => typeof key === 'string')
    .map(key => {
      const name = /^\$(?:\{(\w+)\}|(\w+))$/.exec(key.trim())
      const variable = name?.[1] ?? name?.[2]
      return (variable === undefined ? key : (env[variable] ?? '')).trim()
    })
    .filter(key => key !== '')
}
