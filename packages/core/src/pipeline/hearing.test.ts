import { expect, test } from 'vitest'
import type { Attachment } from '../files/index.ts'
import { silentLog } from '../log.ts'
import { createHearing } from './hearing.ts'
import { privateMessage, visitOf } from './visit.testing.ts'

const parts = [
  { type: 'plain', text: 'listen' },
  { type: 'record', attachment_id: 'clear' },
  { type: 'record', attachment_id: 'noise' },
  { type: 'image', attachment_id: 'picture' },
]

const hear = (enable: boolean, providerId?: string) => {
  const services = {
    files: {
      attachments: {
        find: async (id: string) =>
          ({ attachment_id: id, filename: `${id}.wav`, mime_type: 'audio/wav' }) as Attachment,
        bytes: async (row: Attachment) => Buffer.from(row.attachment_id),
      },
    },
    providers: {
      async transcribe(_: string, { bytes }: { bytes: Uint8Array }) {
        const said = Buffer.from(bytes).toString()
        if (said === 'noise') throw new Error('nobody understands this')
        return `I said ${said}`
      },
    },
    providerOf: () => providerId,
    log: silentLog,
  }
  // Only what is called is there.
  const hearing = createHearing(services as unknown as Parameters<typeof createHearing>[0])
  return hearing(visitOf(privateMessage('listen'), { config: { provider_stt_settings: { enable } } }), parts)
}

test('recordings become what they say; those nobody understands stay', async () => {
  const { said, heard } = await hear(true, 'stt')
  expect(said).toBe('I said clear')
  expect([...heard]).toEqual([parts[1]])
})

test('nothing is heard where the profile does not want it, or nobody can', async () => {
  expect((await hear(false, 'stt')).heard.size).toBe(0)
  expect((await hear(true)).heard.size).toBe(0)
})
