/** Prints what the client weighs in a browser bundle, and fails beyond the bounds. Usage: node scripts/size.ts */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')

const programs = [
  {
    name: 'HTTP: createHttpClient and one get',
    bound: 6,
    code: `import { createHttpClient } from './src/index.ts'
      const client = createHttpClient({ baseUrl: '', apiKey: 'abk_x' })
      console.log(await client.get('/api/v1/chat/configs'))`,
  },
  {
    name: 'chat: createClient and chat.stream',
    bound: 10,
    code: `import { createClient } from './src/index.ts'
      const client = createClient({ baseUrl: '', apiKey: 'abk_x', username: 'ada' })
      for await (const piece of client.chat.stream({ message: 'Hello' }).textStream) console.log(piece)`,
  },
  {
    name: 'socket: createClient and openSocket',
    bound: 15,
    code: `import { createClient } from './src/index.ts'
      import { openSocket } from './src/socket/index.ts'
      const socket = openSocket(createClient({ baseUrl: '', apiKey: 'abk_x', username: 'ada' }))
      for await (const piece of socket.send({ message: 'Hello' }).textStream) console.log(piece)`,
  },
  {
    name: 'voice: createHttpClient and openVoice',
    bound: 10,
    code: `import { createHttpClient } from './src/index.ts'
      import { openVoice } from './src/voice/index.ts'
      const voice = openVoice(createHttpClient({ baseUrl: '', apiKey: 'abk_x', username: 'ada' }))
      for await (const sound of voice.speak(new Uint8Array(9)).audio) console.log(sound)`,
  },
  {
    name: 'upload: createHttpClient and upload',
    bound: 8,
    code: `import { createHttpClient } from './src/index.ts'
      import { upload } from './src/upload/index.ts'
      console.log(await upload(createHttpClient({ baseUrl: '' }), new Blob()))`,
  },
  {
    name: 'by name: all operations',
    bound: 16,
    code: `import { createHttpClient } from './src/index.ts'
      import { operations } from './src/operations/index.ts'
      console.log(await operations(createHttpClient({ baseUrl: '' })).listChatConfigs())`,
  },
]

let failed = false
for (const { name, bound, code } of programs) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    write: false,
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  const zipped = gzipSync(bytes, { level: 9 }).length / 1024
  failed ||= zipped > bound
  const verdict = zipped > bound ? 'TOO LARGE' : 'ok'
  process.stdout.write(
    `${name.padEnd(40)} ${(bytes.length / 1024).toFixed(1).padStart(6)} KB  gzip ${zipped.toFixed(2)} KB of ${bound}  ${verdict}` +
      '\n',
  )
}
if (failed) process.exitCode = 1
