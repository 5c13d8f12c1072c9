import type { Recording } from './transcribe.ts'

const rate = 16_000
const headerBytes = 44

/** Samples of sound (16 bits, one channel, little-endian) as a WAV file. */
export function wavFile(samples: Uint8Array, samplesPerSecond: number): Uint8Array {
  const header = Buffer.alloc(headerBytes)
  header.write('RIFF', 0)
  header.writeUInt32LE(headerBytes - 8 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(samplesPerSecond, 24)
  header.writeUInt32LE(samplesPerSecond * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

/** A second of a quiet tone, for vendors to listen to when they are tested. */
export function sampleRecording(): Recording {
  const samples = Buffer.alloc(rate * 2)
  for (let i = 0; i < rate; i++)
    samples.writeInt16LE(Math.round(2000 * Math.sin((2 * Math.PI * 440 * i) / rate)), i * 2)
  return { bytes: wavFile(samples, rate), name: 'sample.wav', mediaType: 'audio/wav' }
}
