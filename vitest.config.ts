import { defineConfig } from 'vitest/config'

// Tests say themselves which variables they need; what stands in the developer's shell must not steer them.
const operators = /^(ASTRBOT_|DASHBOARD_|OPENAI_|ANTHROPIC_|GEMINI_|OLLAMA_|DATABASE_URL$|DEMO_MODE$|LOG_LEVEL$)/
/** What is meant for the tests: where coverage goes, and switches such as `ASTRBOT_TEST_POSTGRES`. */
const ours = /^ASTRBOT_(COVERAGE_DIR$|TEST_(?!MODE$))/

for (const name of Object.keys(process.env)) {
  if (operators.test(name) && !ours.test(name)) delete process.env[name]
}

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/generated/**'],
    // Processes of their own: the SQLite driver is native code, and a test may send signals.
    pool: 'forks',
    maxWorkers: '100%',
    // Far above what anything takes on a quiet machine: a busy one shall be slow, not red.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
  },
})
