import { expect, test } from 'vitest'
import { contextTokensOf } from './context-window.ts'

test.each([
  ['gpt-6-luna', 920_000],
  ['gpt-5.6-sol', 920_000],
  ['gpt-5-mini', 270_000],
  ['openai/gpt-4.1-mini', 1_000_000],
  ['gpt-4o-2024-11-20', 128_000],
  ['gpt-4-turbo', 128_000],
  ['gpt-4-0613', 8_000],
  ['gpt-3.5-turbo', 16_000],
  ['o3-mini', 200_000],
  ['claude-sonnet-5-5', 1_000_000],
  ['anthropic/claude-opus-4.6', 1_000_000],
  ['claude-haiku-4-5-20251001', 200_000],
  ['claude-opus-4-20250514', 200_000],
  ['claude-3-5-sonnet-latest', 200_000],
  ['models/gemini-2.5-pro', 1_000_000],
  ['kimi-k2-0905', 256_000],
  ['llama3.2', 128_000],
  ['', 128_000],
])('%s: %i', (model, tokens) => {
  expect(contextTokensOf(model)).toBe(tokens)
})
