import type { VendorFailure } from '../failure.ts'
import type { ModelRequest } from '../model.ts'

/**
 * What an endpoint turned out not to take. Compatible servers differ in small things that no list keeps up with, so the
 * first refusal teaches.
 */
export interface Concessions {
  /** Sends no `stream_options`, which is how usage is asked for in streams. */
  noStreamOptions: boolean
  /** Sends no `reasoning_content` back, or asks for no encrypted reasoning. */
  noReasoning: boolean
  /** OpenAI's newer models take tools at this endpoint only without reasoning. */
  toolsWithoutEffort: boolean
  /** The model calls no tools. */
  noTools: boolean
  /** The model sees no pictures, or the vendor refuses these. */
  noImages: boolean
}

const none: Concessions = {
  noStreamOptions: false,
  noReasoning: false,
  toolsWithoutEffort: false,
  noTools: false,
  noImages: false,
}

const most = 1000

/** What was learnt about models, by their place. */
export class Lessons {
  readonly #learnt = new Map<string, Concessions>()

  /** A copy, to be changed for one call. */
  of(place: string): Concessions {
    return { ...(this.#learnt.get(place) ?? none) }
  }

  /**
   * Learns from a refusal.
   * @param concessions of the call that was refused; changed
   * @returns true when the call is worth repeating at once
   */
  learn(place: string, concessions: Concessions, failure: VendorFailure, request: ModelRequest): boolean {
    const lesson = lessonOf(failure, request)
    if (!lesson || concessions[lesson]) return false
    concessions[lesson] = true
    // That these pictures are refused says nothing about the next ones.
    const known = { ...(this.#learnt.get(place) ?? none), ...(lesson !== 'noImages' && { [lesson]: true }) }
    if (this.#learnt.size >= most) this.#learnt.clear()
    this.#learnt.set(place, known)
    return true
  }
}

function lessonOf({ status, message }: VendorFailure, request: ModelRequest): keyof Concessions | undefined {
  const tools = (request.tools?.length ?? 0) > 0
  // Relays hand out 404 for "no endpoint of this model does that".
  if (status !== 400 && status !== 404 && status !== 422) return undefined
  if (status !== 404) {
    if (/stream_options/.test(message)) return 'noStreamOptions'
    if (/reasoning_content|encrypted/i.test(message)) return 'noReasoning'
    if (/reasoning_effort/.test(message) && tools) return 'toolsWithoutEffort'
  }
  if (tools && /(tool|function).{0,60}support|support.{0,60}(tool|function)/i.test(message)) return 'noTools'
  return hasImages(request) && refusedImages.test(message) ? 'noImages' : undefined
}

const refusedImages =
  /not a (vlm|vision)|vision.{0,40}support|(image|multi-?modal).{0,60}(not|n't|un)[ -]?support|support.{0,40}(image|vision|multi-?modal)|(invalid|unsupported).{0,20}(image|attachment)|image.{0,40}(invalid|moderation|sensitive|inappropriate)|unknown variant .?image_url|moderation/i

function hasImages({ messages }: ModelRequest): boolean {
  return messages.some(
    ({ role, content }) => role === 'user' && Array.isArray(content) && content.some(part => part.type === 'image_url'),
  )
}
