/** What the server and the tests need to know of an operation, beside its types. */
export interface OperationInfo {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH'
  /** With `{parameters}`, as in the contract. */
  path: string
  tag: string
  /** `public`: anybody; `optional`: a credential is checked if shown; `token`: dashboard token only; `key`: token, or a key with `scope`. */
  access: 'public' | 'optional' | 'token' | 'key'
  scope?: string
  stream?: 'events' | 'socket'
  /** Path parameters that may hold slashes. */
  slashes?: string[]
  /** Every status the contract declares. */
  statuses: number[]
}
