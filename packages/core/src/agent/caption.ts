import type { ChatModel, LlmMessage, LlmPart } from '../providers/model.ts'

const ownPrompt = 'Describe these pictures for somebody who cannot see them. Quote the text that they contain.'

export const captionFailed = '[Image Captioning Failed]'

/** Whether a model sees pictures. */
export function sees({ modalities = [] }: Pick<ChatModel, 'modalities'>): boolean {
  return modalities.length === 0 || modalities.includes('image')
}

/** What the pictures of a message show, in the words of a model that sees them; all in one request. */
export async function captionOf(
  model: ChatModel,
  pictures: readonly LlmPart[],
  prompt: string,
  signal: AbortSignal,
): Promise<string> {
  const content: LlmPart[] = [{ type: 'text', text: prompt.trim() || ownPrompt }, ...pictures]
  const messages: LlmMessage[] = [{ role: 'user', content }]
  let caption = ''
  for await (const event of model.run({ messages, streaming: false, signal })) {
    if (event.type === 'text') caption += event.text
  }
  return caption.trim() || captionFailed
}
