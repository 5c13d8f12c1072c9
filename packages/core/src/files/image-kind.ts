/** What a picture is, told by its first bytes. */
export interface ImageKind {
  mimeType: string
  /** With its dot. */
  extension: string
}

const kinds: readonly { mimeType: string; extension: string; shapes: readonly [offset: number, bytes: string][][] }[] =
  [
    { mimeType: 'image/jpeg', extension: '.jpg', shapes: [[[0, '\xff\xd8\xff']]] },
    { mimeType: 'image/png', extension: '.png', shapes: [[[0, '\x89PNG\r\n\x1a\n']]] },
    { mimeType: 'image/gif', extension: '.gif', shapes: [[[0, 'GIF87a']], [[0, 'GIF89a']]] },
    {
      mimeType: 'image/webp',
      extension: '.webp',
      shapes: [
        [
          [0, 'RIFF'],
          [8, 'WEBP'],
        ],
      ],
    },
    {
      mimeType: 'image/bmp',
      extension: '.bmp',
      shapes: [
        [
          [0, 'BM'],
          [6, '\0\0\0\0'],
        ],
      ],
    },
    { mimeType: 'image/tiff', extension: '.tiff', shapes: [[[0, 'II*\0']], [[0, 'MM\0*']]] },
    { mimeType: 'image/avif', extension: '.avif', shapes: [[[4, 'ftypavif']], [[4, 'ftypavis']]] },
  ]

/** How many bytes `imageKind` wants to see. */
export const imageHeadBytes = 16

/** Recognises JPEG, PNG, GIF, WebP, BMP, TIFF and AVIF. Undefined for anything else, SVG included. */
export function imageKind(head: Uint8Array): ImageKind | undefined {
  const text = Buffer.from(head).toString('latin1')
  const found = kinds.find(({ shapes }) =>
    shapes.some(marks => marks.every(([offset, bytes]) => text.startsWith(bytes, offset))),
  )
  return found && { mimeType: found.mimeType, extension: found.extension }
}
