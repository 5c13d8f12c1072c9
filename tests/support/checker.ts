import { createContractChecker, createValidators } from '@astrbot/testing'
import { castsBody, contract, contractOfToday, infoOf, type OperationId } from './contract.ts'

/** Holds every answer of the tests against the contract, and remembers which ones were seen. */
export const checker = createContractChecker({ ...contractOfToday() })

const validators = createValidators({ ...contract }, { firstOnly: true })

/** @throws Error when the answer breaks the contract, or is a 5xx that nobody declared. */
export function checkAnswer(
  operationId: OperationId,
  response: Pick<Response, 'status' | 'headers'>,
  body: unknown,
  requestBody?: unknown,
): void {
  const { status, headers } = response
  const sent = castsBody(operationId) ? undefined : requestBody
  const contentType = headers.get('content-type')
  const problems = checker.check({ operationId, status, contentType, body, requestBody: sent })
  if (problems.length > 0) throw new Error(`${problems.join('\n')}\n${JSON.stringify(body)?.slice(0, 500) ?? ''}`)
}

/** Whether the contract takes a JSON body of an operation. */
export function takesBody(id: OperationId, body: unknown): boolean {
  const { path, method } = infoOf(id)
  const schema = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema']
  return validators.at(...schema)(body).length === 0
}
