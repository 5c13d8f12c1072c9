import { createCipheriv, createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import { AstrBotError } from '../../errors.ts'

/** The signature of WeChat over the parts of a callback. */
export function signatureOf(...parts: readonly string[]): string {
  return createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex')
}

/** @throws invalid_signature */
export function checkSignature(shown: string | null, ...parts: readonly string[]): void {
  const expected = Buffer.from(signatureOf(...parts))
  const given = Buffer.from(shown ?? '')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new AstrBotError('invalid_signature')
}

const cdata = '<![CDATA['

/**
 * The texts of the elements of a flat XML document, such as WeChat sends. Goes over the text once, whatever it is: this
 * happens before anybody knows who sent it.
 */
export function readXml(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  const opening = /<(\w+)>/g
  for (let tag = opening.exec(text); tag; tag = opening.exec(text)) {
    const name = tag[1] ?? ''
    const start = opening.lastIndex
    const isCdata = text.startsWith(cdata, start)
    const from = isCdata ? start + cdata.length : start
    const end = isCdata ? text.indexOf(`]]></${name}>`, from) : text.indexOf('<', from)
    // What is not closed reaches to the end of the document.
    if (end < 0) break
    if (!isCdata && !text.startsWith(`</${name}>`, end)) continue
    fields.set(name, text.slice(from, end))
    opening.lastIndex = end
  }
  return fields
}

/** A flat XML document; numbers stand as they are. */
export function writeXml(fields: Readonly<Record<string, string | number>>): string {
  const elements = Object.entries(fields).map(([name, value]) => {
    const content = typeof value === 'number' ? value : `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
    return `<${name}>${content}</${name}>`
  })
  return `<xml>${elements.join('')}</xml>`
}

/** Opens and closes what an account in secure mode exchanges: AES-256-CBC over 16 random bytes, length, text and app id. */
export class Seal {
  readonly #key: Buffer
  readonly #appId: string

  constructor(encodingAesKey: string, appId: string) {
    this.#key = Buffer.from(`${encodingAesKey}=`, 'base64')
    this.#appId = appId
  }

  get isUsable(): boolean {
    return this.#key.length === 32
  }

  /** @throws invalid_signature when it is not for this account */
  open(sealed: string): string {
    try {
      const cipher = createDecipheriv('aes-256-cbc', this.#key, this.#key.subarray(0, 16)).setAutoPadding(false)
      const padded = Buffer.concat([cipher.update(sealed, 'base64'), cipher.final()])
      const bytes = padded.subarray(0, padded.length - (padded.at(-1) ?? 0))
      const end = 20 + bytes.readUInt32BE(16)
      if (bytes.subarray(end).toString() === this.#appId) return bytes.subarray(20, end).toString()
    } catch {
      // Answered below.
    }
    throw new AstrBotError('invalid_signature')
  }

  /** @param random 16 bytes */
  close(text: string, random: Uint8Array): string {
    const content = Buffer.from(text)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(content.length)
    const bytes = Buffer.concat([random, length, content, Buffer.from(this.#appId)])
    const padding = 32 - (bytes.length % 32)
    const cipher = createCipheriv('aes-256-cbc', this.#key, this.#key.subarray(0, 16)).setAutoPadding(false)
    const padded = Buffer.concat([bytes, Buffer.alloc(padding, padding)])
    return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64')
  }
}
