import type { LanguageModelV4ReasoningPart, SharedV4ProviderMetadata } from '@ai-sdk/provider'
import { ReplayMemory } from '../replay.ts'

/** What goes back beside a tool call: signed thoughts and the call's signature. */
interface SignedParts {
  reasoning: LanguageModelV4ReasoningPart[]
  call: SharedV4ProviderMetadata | undefined
}

/** Remembers the signatures of Anthropic's and Gemini's models. */
export class SignatureMemory extends ReplayMemory<SignedParts> {}
