import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { minute } from '../clock.ts'
import { describeEveryStore } from '../store/every-store.testing.ts'
import { filesFixture } from './files.testing.ts'

const notFound = expect.objectContaining({ code: 'file_not_found' })

describeEveryStore('file tokens', stores => {
  test('work until they expire, and are shared while they are fresh', async () => {
    await using fixture = await filesFixture(await stores.open())
    const { tokens } = fixture.files
    const path = join(fixture.dataDir, 'logo.png')
    await writeFile(path, 'p')
    const token = tokens.issue(path)
    const expected = { path, filename: 'logo.png', mimeType: 'image/png', size: 1 }
    expect(await tokens.file(token)).toMatchObject(expected)
    expect(await tokens.file(token)).toMatchObject(expected)
    fixture.clock.advance(2 * minute)
    expect(tokens.issue(path)).toBe(token)
    expect(tokens.issue(path, { filename: 'shown.png' })).not.toBe(token)
    fixture.clock.advance(minute)
    const next = tokens.issue(path)
    expect(next).not.toBe(token)
    fixture.clock.advance(2 * minute)
    await expect(tokens.file(token)).rejects.toEqual(notFound)
    await tokens.file(next)
    await rm(path)
    await expect(tokens.file(next)).rejects.toEqual(notFound)
    await expect(tokens.file('unknown')).rejects.toEqual(notFound)
    expect((await tokens.file(tokens.issue(fixture.dataDir)).catch((error: Error) => error)) instanceof Error).toBe(
      true,
    )
  })
})
