import type { Schemas } from '@astrbot/contract'
import type { AnswerOptions } from '@astrbot/core'

/** How a request wants its turn answered; every field is optional, and `flags` win. */
export function answerOptions(body: Schemas['ChatMessageRegenerateRequest'] = {}): AnswerOptions {
  return {
    streaming: body.flags?.enable_streaming ?? body.enable_streaming ?? true,
    providerId: body.selected_provider ?? undefined,
    model: body.selected_model ?? undefined,
    defaultPrompt: body.flags?.enable_default_system_prompt ?? body.enable_default_system_prompt ?? true,
    inlineHtml: body.flags?.enable_inline_genui ?? body.enable_inline_genui ?? true,
  }
}
