// Input tokens by the model's name; the first pattern that fits counts. Vendors rarely tell, and names carry prefixes
// (`openai/…`) and suffixes (`…-2026-05-01`). Where a vendor shares the window between input and output, room is left.
const windows: [RegExp, number][] = [
  [/gpt-(5\.[6-9]|[6-9])/, 920_000],
  [/gpt-5|chat-latest/, 270_000],
  [/gpt-4\.1/, 1_000_000],
  [/gpt-4-32k/, 32_000],
  [/gpt-4(?!o|-turbo|-1106|-0125|\.)/, 8_000],
  [/gpt-3\.5/, 16_000],
  [/\bo[134](-|$)/, 200_000],
  [/claude-[a-z]+-([5-9]([-.]|$)|4[-.][6-9])/, 1_000_000],
  [/claude/, 200_000],
  [/gemini/, 1_000_000],
  [/kimi|moonshot.*(k2|256k)/, 256_000],
  [/grok-[4-9]/, 256_000],
  [/qwen.*(long|turbo|plus|flash)/, 1_000_000],
]

/** Tells how many tokens fit a model, 0 or undefined if unknown. */
export type ContextLimits = (model: string) => number | undefined

/**
 * Input tokens that fit the model of that name: as names tell, else as a list of models does, 128000 for unknown ones.
 * @param listed what a list has about a model
 */
export function contextTokensOf(model: string, listed: ContextLimits = () => undefined): number {
  const name = model.toLowerCase()
  return windows.find(([pattern]) => pattern.test(name))?.[1] ?? (listed(model) || 128_000)
}
