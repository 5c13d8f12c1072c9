/** How voice clients send sound: 16 kHz, one channel, 16 bit, little endian. */
const sampleRate = 16_000
const bytesPerSample = 2
export const bytesPerSecond = sampleRate * bytesPerSample

const headerBytes = 44

/** Joins raw sound to a WAV file. Half a sample at the end is dropped. */
export function wavOf(pieces: readonly Uint8Array[]): Uint8Array {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const sound = total - (total % bytesPerSample)
  const file = new Uint8Array(headerBytes + total)
  let at = headerBytes
  for (const piece of pieces) {
    file.set(piece, at)
    at += piece.length
  }
  const header = new DataView(file.buffer)
  const word = (offset: number, letters: string) => file.set(new TextEncoder().encode(letters), offset)
  word(0, 'RIFF')
  header.setUint32(4, headerBytes - 8 + sound, true)
  word(8, 'WAVE')
  word(12, 'fmt ')
  header.setUint32(16, 16, true)
  header.setUint16(20, 1, true)
  header.setUint16(22, 1, true)
  header.setUint32(24, sampleRate, true)
  header.setUint32(28, bytesPerSecond, true)
  header.setUint16(32, bytesPerSample, true)
  header.setUint16(34, bytesPerSample * 8, true)
  word(36, 'data')
  header.setUint32(40, sound, true)
  return file.subarray(0, headerBytes + sound)
}
