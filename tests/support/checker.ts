import { createContractChecker, createValidators } from '@astrbot/testing'
import { contract, contractOfToday, infoOf, type OperationId } from './contract.ts'

/** Holds every answer of the tests against the contract, and remembers which ones were seen. */
export const checker = createContractChecker({ ...contractOfToday() })

const validators = createValidators({ ...contract })

/** @throws Error when the answer breaks the contract, or is a 5xx that nobody declared. */
export function checkAnswer(
  operationId: OperationId,
  response: Pick<Response, 'status' | 'headers'>,
  body: unknown,
  requestBody?: unknown,
): void {
  const { status, headers } = response
  const problems = checker.check({ operationId, status, contentType: headers.get('content-type'), body, requestBody })
  if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${JSON.stringify(body)?.slice(0, 500) ?? ''}`)
}

/** What the contract has against a JSON body of an operation. */
export function bodyProblems(id: OperationId, body: unknown): string[] {
  const { path, method } = infoOf(id)
  return validators.at(
    ...['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'],
  )(body)
}
