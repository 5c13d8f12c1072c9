import { unreadable, type VendorReply } from '../vendor-request.ts'

/** Speech as a file. */
export interface Speech {
  bytes: Uint8Array
  mediaType: string
}

/** Sound that came as the whole answer. */
export function soundOf(reply: VendorReply, fallback: string): Speech {
  const type = reply.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
  // Some vendors report their failures with a status of success.
  if (/json|html/.test(type)) throw unreadable(new TextDecoder().decode(reply.body.slice(0, 300)))
  return { bytes: reply.body, mediaType: type.startsWith('audio/') ? type : fallback }
}
