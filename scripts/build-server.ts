/** Bundles the server into one file: it starts in a third of the time that its modules take one by one. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { build } from 'esbuild'
import { root } from './run.ts'

const target = join(root, 'packages/server/dist')

const { outputFiles } = await build({
  entryPoints: { main: join(root, 'packages/server/src/main.ts') },
  outdir: target,
  write: false,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  sourcemap: 'linked',
  minifySyntax: true,
  external: ['better-sqlite3', 'pg-native'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
})

rmSync(target, { recursive: true, force: true })
mkdirSync(target)
for (const { path, text } of outputFiles) writeFileSync(path, extname(path) === '.js' ? inAscii(text) : text)
copyFileSync(
  join(root, 'packages/server/node_modules/@scalar/api-reference/dist/browser/standalone.js'),
  join(target, 'scalar-standalone.js'),
)

/** Writes as escapes what stands beyond ASCII in patterns: for one such letter Node keeps a whole file in memory as UTF-16. */
function inAscii(code: string): string {
  return code.replace(/[^\0-\x7f]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
