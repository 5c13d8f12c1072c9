import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageKind } from './image-kind.ts'
import { attachmentType, declaredType, typeOfName } from './media-types.ts'
import { plainName, storedName, timeStamp, withExtension } from './names.ts'

describe('plainName', () => {
  it.each([
    ['note.txt', 'note.txt'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\a b.png', 'a b.png'],
    ['a/b\\..\\c.txt', 'c.txt'],
    ['dir/', 'dir'],
    ['a\\b\\', 'b'],
    ['//', ''],
    ['.', ''],
    ['a/..', ''],
    ['', ''],
    ['  spaced.txt ', 'spaced.txt'],
    ['nu\0ll\r\n.txt', 'null.txt'],
    ['.htaccess', '.htaccess'],
    ['漢字 é 🎉.png', '漢字 é 🎉.png'],
    ['half\ud800.txt', 'half\ufffd.txt'],
    ['evil\u202egpj.exe', 'evilgpj.exe'],
    ['a"b<c>|d?.txt', 'a"b<c>|d?.txt'],
  ])('makes %j to %j', (sent, expected) => {
    expect(plainName(sent)).toBe(expected)
  })

  it('keeps the extension of a name that is too long', () => {
    const name = plainName(`${'漢'.repeat(300)}.tar`)
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
    expect(name).toMatch(/^漢+\.tar$/)
  })
})

describe('storedName', () => {
  const stamp = timeStamp(new Date(2026, 6, 6, 4, 5, 6, 7).getTime(), Buffer.from('abcd', 'hex'))

  it('begins with local time and random digits', () => {
    expect(stamp).toBe('20260706040506007_abcd')
    expect(storedName(stamp, 'a.txt')).toBe('20260706040506007_abcd_a.txt')
    expect(storedName(stamp, '')).toBe(stamp)
  })

  it('fits every file system, whatever was sent', () => {
    expect(storedName('s', 'a|b:c?"<>*.txt')).toBe('s_a_b_c_____.txt')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), sent => {
        const name = storedName(stamp, plainName(sent))
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
        expect(name).not.toMatch(/[<>:"|?*\\/\u0000-\u001f]|[. ]$/)
        expect(name.isWellFormed()).toBe(true)
      }),
    )
  })

  it('puts another extension in place', () => {
    expect(withExtension('a.jpeg', '.jpg')).toBe('a.jpg')
    expect(withExtension('a', '.png')).toBe('a.png')
  })
})

describe('kinds of files', () => {
  it.each([
    ['ffd8ffe000104a46', 'image/jpeg'],
    ['89504e470d0a1a0a0000000d49484452', 'image/png'],
    [Buffer.from('GIF89a..').toString('hex'), 'image/gif'],
    [Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8 ', 'latin1').toString('hex'), 'image/webp'],
    ['424d3e000000000000003e000000', 'image/bmp'],
    ['49492a0008000000', 'image/tiff'],
    ['4d4d002a00000008', 'image/tiff'],
    [Buffer.from('\0\0\0\x20ftypavif', 'latin1').toString('hex'), 'image/avif'],
    [Buffer.from('<svg xmlns="http').toString('hex'), undefined],
    [Buffer.from('<html><script>').toString('hex'), undefined],
    [Buffer.from('BMW drivers').toString('hex'), undefined],
    ['', undefined],
  ])('tells %s is %s', (head, expected) => {
    expect(imageKind(Buffer.from(head, 'hex'))?.mimeType).toBe(expected)
  })

  it.each([
    ['image/png', 'image'],
    ['audio/mpeg', 'record'],
    ['video/mp4', 'video'],
    ['text/plain', 'file'],
    ['imagery/x', 'file'],
  ])('counts %s as %s', (type, expected) => {
    expect(attachmentType(type)).toBe(expected)
  })

  it.each([
    ['Text/HTML; charset=utf-8', 'text/html'],
    ['text/plain; format=flowed; charset="ISO-8859-1"', 'text/plain; charset=iso-8859-1'],
    ['text/plain; charset=a b', 'text/plain'],
    ['image/png; charset=x', 'image/png'],
    ['image/*', 'image/*'],
    ['', 'application/octet-stream'],
    [null, 'application/octet-stream'],
    ['image/png\r\nX: y', 'application/octet-stream'],
    ['nonsense', 'application/octet-stream'],
  ])('reads %j as %s', (declared, expected) => {
    expect(declaredType(declared)).toBe(expected)
  })

  it('knows types by name', () => {
    expect(typeOfName('A.PNG')).toBe('image/png')
    expect(typeOfName('x.unknown')).toBeUndefined()
  })
})
