import { type FileCaller, type Files, referredPicture } from '../files/index.ts'
import type { ChatModel, LlmMessage, LlmPart, ModelEvent, ModelRequest } from '../providers/model.ts'

/** Newer pictures go first; what is over these limits is named and not shown. */
const mostPictures = 20
const mostBytes = 24 * 1024 * 1024

/** Formats that every vendor reads. */
const readable: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

const hidden: LlmPart = { type: 'text', text: '[Image]' }

/** A model that sees the pictures to which conversations only refer, as far as the one who asks may have them. */
export class SightedModel implements ChatModel {
  readonly #model: ChatModel
  readonly #files: Pick<Files, 'attachments'>
  readonly #caller: FileCaller

  constructor(model: ChatModel, files: Pick<Files, 'attachments'>, caller: FileCaller) {
    this.#model = model
    this.#files = files
    this.#caller = caller
  }

  get providerId(): string {
    return this.#model.providerId
  }

  get model(): string {
    return this.#model.model
  }

  get contextTokens(): number {
    return this.#model.contextTokens
  }

  get modalities(): readonly string[] {
    return this.#model.modalities ?? []
  }

  async *run(request: ModelRequest): AsyncGenerator<ModelEvent> {
    yield* this.#model.run({ ...request, messages: await this.#shown(request.messages) })
  }

  async #shown(messages: LlmMessage[]): Promise<LlmMessage[]> {
    const urls = picturesOf(messages)
    if (urls.length === 0) return messages
    const { modalities = [] } = this.#model
    const isBlind = modalities.length > 0 && !modalities.includes('image')
    const shown = isBlind ? new Map<string, string>() : await this.#load(urls)
    const show = (part: LlmPart): LlmPart => {
      if (part.type !== 'image_url') return part
      const { url } = part.image_url
      const loaded = shown.get(url) ?? (isBlind || referredPicture(url) !== undefined ? undefined : url)
      return loaded === undefined ? hidden : { type: 'image_url', image_url: { url: loaded } }
    }
    return messages.map(message =>
      message.role === 'user' && typeof message.content !== 'string'
        ? { ...message, content: message.content.map(show) }
        : message,
    )
  }

  /** Data URLs by reference. */
  async #load(urls: readonly string[]): Promise<Map<string, string>> {
    const { attachments } = this.#files
    const ids = urls.map(referredPicture).filter(id => id !== undefined)
    const found = await attachments.resolve(ids, this.#caller, 'sendable')
    const loaded = new Map<string, string>()
    let room = mostBytes
    for (const url of urls.toReversed()) {
      const attachment = found.get(referredPicture(url) ?? '')
      if (!attachment || loaded.has(url) || !readable.has(attachment.mime_type)) continue
      if (loaded.size === mostPictures || attachment.size > room) continue
      const bytes = await attachments.bytes(attachment).catch(() => undefined)
      if (!bytes) continue
      room -= attachment.size
      loaded.set(url, `data:${attachment.mime_type};base64,${bytes.toString('base64')}`)
    }
    return loaded
  }
}

function picturesOf(messages: readonly LlmMessage[]): string[] {
  return messages.flatMap(({ role, content }) =>
    role === 'user' && typeof content !== 'string'
      ? content.flatMap(part => (part.type === 'image_url' ? [part.image_url.url] : []))
      : [],
  )
}
