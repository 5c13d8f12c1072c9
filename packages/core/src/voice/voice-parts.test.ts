import { describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import type { VoiceEvent } from './events.ts'
import { Speaker } from './speaker.ts'
import { Utterance } from './utterance.ts'
import { wavOf } from './wav.ts'

const wait = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

describe('wavOf', () => {
  it('writes the header that players expect', () => {
    const file = Buffer.from(wavOf([Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)]))
    expect(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ')
    expect(file.readUInt32LE(4)).toBe(40)
    expect([file.readUInt16LE(20), file.readUInt16LE(22), file.readUInt32LE(24)]).toEqual([1, 1, 16_000])
    expect([file.readUInt32LE(28), file.readUInt16LE(32), file.readUInt16LE(34)]).toEqual([32_000, 2, 16])
    // Half a sample is none.
    expect([file.readUInt32LE(40), [...file.subarray(44)]]).toEqual([4, [1, 2, 3, 4]])
  })
})

describe('Utterance', () => {
  it('keeps what was said between start and end of the same stamp', () => {
    const utterance = new Utterance()
    utterance.add(Uint8Array.of(9))
    expect(() => utterance.end('a')).toThrow(expect.objectContaining({ code: 'audio_missing' }))
    utterance.start('a')
    utterance.add(Uint8Array.of(1))
    utterance.start('b')
    utterance.add(Uint8Array.of(2))
    utterance.add(Uint8Array.of(3))
    expect(utterance.end('b')).toEqual([Uint8Array.of(2), Uint8Array.of(3)])
    utterance.start('c')
    utterance.add(Uint8Array.of(1))
    expect(() => utterance.end('b')).toThrow(expect.objectContaining({ code: 'audio_missing' }))
    expect(utterance.end('c')).toEqual([Uint8Array.of(1)])
    expect(() => utterance.end('c')).toThrow(expect.objectContaining({ code: 'audio_missing' }))
  })

  it('takes ten minutes and no more', () => {
    const utterance = new Utterance()
    utterance.start(1)
    utterance.add(new Uint8Array(600 * 32_000))
    expect(() => utterance.add(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'audio_too_long' }))
    expect(() => utterance.end(1)).toThrow(expect.objectContaining({ code: 'audio_missing' }))
  })
})

describe('Speaker', () => {
  function speaker(speak: (text: string) => Promise<void>) {
    const told: string[] = []
    const failures: unknown[] = []
    const one = new Speaker({
      clock: systemClock,
      async speak(text) {
        await speak(text)
        return { bytes: Buffer.from(text), mediaType: 'audio/wav' }
      },
      async tell(event: VoiceEvent) {
        if (event.type === 'sentence') told.push(event.text)
        if (event.type === 'sound') told.push(`♪${Buffer.from(event.bytes)}`)
      },
      onFirst: async () => void told.push('first'),
      onFailure: async error => void failures.push(error),
    })
    return { one, told, failures }
  }

  it('keeps the order, whatever takes how long, and makes two sounds at once', async () => {
    let now = 0
    let most = 0
    const { one, told } = speaker(async text => {
      most = Math.max(most, ++now)
      await wait(text === 'a' ? 40 : 5)
      now--
    })
    for (const sentence of ['a', 'b', 'c', 'd']) one.say(sentence)
    await one.finish()
    expect(told).toEqual(['first', 'a', '♪a', 'b', '♪b', 'c', '♪c', 'd', '♪d'])
    expect(most).toBe(2)
    expect(one.times?.total).toBeGreaterThanOrEqual(one.times?.first ?? 1)
  })

  it('tells the rest as text once a sentence could not be spoken', async () => {
    const { one, told, failures } = speaker(async text => {
      if (text === 'b') throw new Error('hoarse')
    })
    for (const sentence of ['a', 'b', 'c', 'd', 'e']) one.say(sentence)
    await one.finish()
    expect(failures).toHaveLength(1)
    expect(told.filter(text => !text.startsWith('♪'))).toEqual(['first', 'a', 'b', 'c', 'd', 'e'])
    expect(told).not.toContain('♪b')
    expect(told).not.toContain('♪e')
  })

  it('has no times without sound', async () => {
    const { one, told } = speaker(() => Promise.reject(new Error('hoarse')))
    one.say('a')
    await one.finish()
    expect([one.times, told]).toEqual([undefined, []])
  })
})
