import { createValidators } from '@astrbot/testing'
import { contract, infoOf, type Schema } from './contract.ts'
import type { SocketOperation } from './socket.ts'

const validators = createValidators({ ...contract })

/** The names of the frames that an operation's socket may carry in a direction. */
export function frameVariants(id: SocketOperation, side: 'client' | 'server'): string[] {
  const operation = contract.paths[infoOf(id).path]?.['get'] as unknown as {
    'x-astrbot-frames': Record<'client' | 'server', Schema>
  }
  return [...new Set(variants(operation['x-astrbot-frames'][side]))]
}

/** Which of those frames one is. */
export function variantsOf(frame: unknown, among: readonly string[]): string[] {
  return among.filter(name => validators.at('components', 'schemas', name)(frame).length === 0)
}

function variants({ $ref, oneOf, anyOf, allOf }: Schema): string[] {
  const inner = oneOf ?? anyOf
  if (inner) return inner.flatMap(variants)
  if (allOf) return allOf.flatMap(variants).filter(name => name.endsWith('Event'))
  const name = $ref?.split('/').at(-1)
  const target = name === undefined ? undefined : contract.components.schemas[name]
  if (name === undefined || !target) return []
  return target.oneOf || target.anyOf || target.allOf ? variants(target) : [name]
}
