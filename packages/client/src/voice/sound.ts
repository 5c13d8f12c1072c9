/**
 * Raw sound: 16 kHz, one channel, 16 bit, little endian. A `Float32Array` has samples from -1 to 1 at 16 kHz, as the Web
 * Audio API makes them; it is converted.
 */
export type Sound = ArrayBuffer | ArrayBufferView

/** The bytes of a sound. */
export function soundBytes(sound: Sound): Uint8Array {
  if (sound instanceof Float32Array) {
    const view = new DataView(new ArrayBuffer(sound.length * 2))
    sound.forEach((sample, index) => {
      const value = Math.max(-1, Math.min(1, sample))
      view.setInt16(index * 2, Math.round(value * 0x7fff), true)
    })
    return new Uint8Array(view.buffer)
  }
  return ArrayBuffer.isView(sound)
    ? new Uint8Array(sound.buffer, sound.byteOffset, sound.byteLength)
    : new Uint8Array(sound)
}

/** Bytes of a piece: a multiple of three, so that its base64 needs no filling. */
const piece = 48 * 1024

/** The bytes in base64, in pieces. */
export function* base64Pieces(bytes: Uint8Array): Generator<string> {
  for (let at = 0; at < bytes.length; at += piece) {
    let text = ''
    for (const byte of bytes.subarray(at, at + piece)) text += String.fromCharCode(byte)
    yield btoa(text)
  }
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
}
