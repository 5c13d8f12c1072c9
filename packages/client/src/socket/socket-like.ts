/** What is used of a WebSocket: the global one of browsers and Node 22, and the one of the package `ws`, have it. */
export interface SocketLike {
  readonly bufferedAmount: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

export type SocketConstructor = new (url: string) => SocketLike

/** @throws TypeError where the runtime has none and none is given */
export function findWebSocket(given: SocketConstructor | undefined): SocketConstructor {
  // The boundary: Node 20 has no such global, whatever the types say.
  const found = given ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket
  if (!found) {
    throw new TypeError('This runtime has no WebSocket: give one, e.g. { WebSocket } of the package ws on Node 20')
  }
  return found
}
