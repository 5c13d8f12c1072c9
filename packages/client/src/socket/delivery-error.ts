import { AstrBotError } from '../errors/astrbot-error.ts'

const texts = {
  not_sent: 'The message was not sent',
  queue_full: 'The message was not sent: too much is waiting for the connection',
  message_too_large: 'The message was not sent: it is larger than a frame may be',
  delivery_unknown: 'The connection broke after the message was sent, and nobody can tell whether it arrived',
}

/** A message did not reach the server, or nobody knows whether it did (`delivery_unknown`). */
export class DeliveryError extends AstrBotError {
  override name = 'DeliveryError'
  /** False: the server has not seen it, and it can safely be sent again. Undefined: unknown. */
  readonly delivered: false | undefined

  constructor(code: keyof typeof texts, cause?: unknown) {
    super(code, texts[code], cause)
    this.delivered = code === 'delivery_unknown' ? undefined : false
  }
}
