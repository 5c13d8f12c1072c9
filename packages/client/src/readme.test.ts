import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

it.each(['README.md', '../../docs/sdk.md'])('has examples that compile (%s)', page => {
  const examples = [...readFileSync(join(root, page), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
    match => match[1] ?? '',
  )
  expect(examples.length).toBeGreaterThan(3)
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  const folder = mkdtempSync(join(root, 'node_modules/.cache/readme-'))
  try {
    examples.forEach((code, index) => {
      writeFileSync(join(folder, `example-${index}.ts`), code)
    })
    const paths = {
      '@astrbot/client': [join(root, 'src/index.ts')],
      ...Object.fromEntries(
        ['operations', 'socket', 'upload', 'voice'].map(name => [
          `@astrbot/client/${name}`,
          [join(root, 'src', name, 'index.ts')],
        ]),
      ),
    }
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { paths, isolatedDeclarations: false, declaration: false },
      include: ['*.ts'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = createRequire(import.meta.url)
      .resolve('typescript/package.json')
      .replace('package.json', 'bin/tsc')
    expect(() => execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', stdio: 'pipe' })).not.toThrow()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
