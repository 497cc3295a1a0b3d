import { deflateRawSync } from 'node:zlib'
import { changed, type Hostile, half } from './hostile-tars.ts'
import { file, tarGz } from './tar-bytes.ts'
import { descriptor, extraField, largeExtra, littleEndian, type ZipPart, zip } from './zip-bytes.ts'

const of = (what: string, parts: (outside: string) => readonly ZipPart[], says: RegExp): Hostile => [
  what,
  (outside) => zip(parts(outside)),
  says,
]
const body = 'x'.repeat(1000)
const packed = deflateRawSync(body)

const entries: readonly Hostile[] = [
  of('a path that leads out', () => [{ name: '../canary' }], /has \.\. in its path/),
  of('an absolute path', (outside) => [{ name: `${outside}/canary` }], /absolute path/),
  of('a drive of Windows', () => [{ name: 'c:/canary' }], /absolute path/),
  of('a backslash', () => [{ name: '..\\..\\canary' }], /backslash/),
  of('a control character', () => [{ name: 'a\tb' }], /control character/),
  of('a zero byte', () => [{ name: 'model.onnx\0.txt' }], /control character/),
  of('a symbolic link', () => [{ name: 'a', body: '/etc/passwd', unix: 0o120777 }], /is a symbolic link/),
  of(
    'a file behind a link',
    (outside) => [{ name: 'a', body: outside, unix: 0o120777 }, { name: 'a/canary' }],
    /is a symbolic link/,
  ),
  of('a link of Windows', () => [{ name: 'a', attributes: 0x420, madeBy: 0 }], /is a symbolic link/),
  of('a device', () => [{ name: 'a', unix: 0o020666 }], /is a device/),
  of('a pipe', () => [{ name: 'a', unix: 0o010666 }], /is a named pipe/),
  of('a socket', () => [{ name: 'a', unix: 0o140666 }], /of a kind that no model needs/),
  of('a program that runs as root', () => [{ name: 'a', unix: 0o104755 }], /has the mode 4755/),
  of('a folder named as a file', () => [{ name: 'a', unix: 0o040755 }], /a file by its name and a folder/),
  of('a file named as a folder', () => [{ name: 'a/', unix: 0o100644 }], /a file by its name and a folder/),
  of('a folder with bytes', () => [{ name: 'a/' }], /is a folder with 1 bytes/),
  of('a file twice', () => [{ name: 'a' }, { name: 'a' }], /twice/),
  of('two files that differ in capitals', () => [{ name: 'a' }, { name: 'A' }], /nothing but capitals/),
  of('a file that becomes a folder', () => [{ name: 'a' }, { name: 'a/b' }], /a file and a folder/),
  of(
    'a name that says it is UTF-8',
    () => [{ name: Uint8Array.of(0xff, 0xfe) }],
    /not UTF-8, and says it is/,
  ),
  of('a name in Latin-1', () => [{ name: Uint8Array.of(0x6d, 0xf6), flags: 0 }], /not UTF-8/),
  of(
    'another name in UTF-8',
    () => [{ name: 'a', extra: extraField(0x7075, Buffer.from('\x01\0\0\0\0../canary')) }],
    /has two names/,
  ),
  of('a password', () => [{ name: 'a', flags: 0x801 }], /is encrypted/),
  of('a strong password', () => [{ name: 'a', flags: 0x841 }], /is encrypted/),
  of('a password by AES', () => [{ name: 'a', method: 99, lies: Buffer.from('x') }], /AES encryption/),
  of(
    'AES by its extra field',
    () => [{ name: 'a', extra: extraField(0x9901, Buffer.alloc(7)) }],
    /it is encrypted/,
  ),
  of('a hidden directory', () => [{ name: 'a', flags: 0x2800 }], /is encrypted/),
  of('a patch', () => [{ name: 'a', flags: 0x820 }], /few tools read/),
  of('bzip2 inside', () => [{ name: 'a', method: 12, lies: Buffer.from('x') }], /compressed by bzip2/),
  of(
    'Zstandard inside',
    () => [{ name: 'a', method: 93, lies: Buffer.from('x') }],
    /compressed by Zstandard/,
  ),
  of('501 files', () => Array.from({ length: 501 }, (_, i) => ({ name: `f${i}`, method: 0 })), /501 files/),
  of(
    '50,000 entries',
    () => Array.from({ length: 10_000 }, (_, i) => ({ name: 'f'.repeat(200) + i, method: 0 })),
    /far more entries/,
  ),
  of('nothing', () => [], /holds no file/),
]

const lies: readonly Hostile[] = [
  of('another name where it lies', () => [{ name: 'a', local: { name: 'b' } }], /and another where it lies/),
  of('another size where it lies', () => [{ name: 'a', local: { size: 9 } }], /and another where it lies/),
  of(
    'another packed size where it lies',
    () => [{ name: 'a', local: { packed: 9 } }],
    /and another where it lies/,
  ),
  of('another sum where it lies', () => [{ name: 'a', local: { sum: 9 } }], /and another where it lies/),
  of(
    'another method where it lies',
    () => [{ name: 'a', local: { method: 0 } }],
    /and another where it lies/,
  ),
  of('other flags where it lies', () => [{ name: 'a', local: { flags: 0 } }], /and another where it lies/),
  of('a wrong sum in both', () => [{ name: 'a', sum: 9 }], /its sum is another/),
  of(
    'more than it says',
    () => [{ name: 'a', lies: deflateRawSync('xx') }],
    /does not unpack to the 1 bytes/,
  ),
  of(
    'less than it says',
    () => [{ name: 'a', body, lies: deflateRawSync('x') }],
    /does not unpack to the 1000 bytes/,
  ),
  of(
    'bytes behind its deflate stream',
    () => [{ name: 'a', lies: Buffer.concat([deflateRawSync('x'), Buffer.from('hidden')]) }],
    /does not unpack to/,
  ),
  of(
    'half of its deflate stream',
    () => [{ name: 'a', body, lies: half(packed) }],
    /damaged, or ends in the middle/,
  ),
  of('no deflate stream', () => [{ name: 'a', body, lies: Buffer.from('not packed at all') }], /damaged/),
  of(
    'a stored file of two sizes',
    () => [{ name: 'a', method: 0, size: 5 }],
    /is stored as 1 bytes and has 5/,
  ),
  of(
    'a promise of 5 GiB and more',
    () => [{ name: 'a', size: 0xffffffff, extra: largeExtra(6 * 2 ** 30) }],
    /has 6442450944 bytes/,
  ),
  of('a large size that is missing', () => [{ name: 'a', central: { size: 0xffffffff } }], /has no size/),
  of(
    'two large sizes',
    () => [{ name: 'a', central: { extra: Buffer.concat([largeExtra(1), largeExtra(2)]) } }],
    /two sizes/,
  ),
  of(
    'an extra field past its end',
    () => [{ name: 'a', central: { extra: Buffer.from([1, 0, 99, 0]) } }],
    /extra field in it is malformed/,
  ),
  of(
    'other sizes behind its bytes',
    () => [{ name: 'a', body, flags: 0x808, behind: descriptor(body, 7) }],
    /other sizes behind its bytes/,
  ),
  of(
    'sizes behind its bytes that nobody told of',
    () => [{ name: 'a', body, behind: descriptor(body, packed.length) }],
    /something lies between/,
  ),
  of(
    'no sizes behind its bytes where they were told of',
    () => [{ name: 'a', flags: 0x808 }],
    /other sizes behind its bytes/,
  ),
  ['a bomb', () => zip([{ name: 'a', body: Buffer.alloc(70 * 2 ** 20) }]), /unpacks to 73400320 or more/],
]

const places: readonly Hostile[] = [
  of(
    'two entries of the same bytes',
    () => [{ name: 'a' }, { name: 'b', central: { at: 0 } }],
    /overlap|lies between/,
  ),
  [
    'a hundred entries of the same bytes',
    () => {
      const kernel = { name: 'a', body: Buffer.alloc(2 ** 20), method: 8 }
      return zip([
        kernel,
        ...Array.from({ length: 99 }, (_, i) => ({
          ...kernel,
          name: `b${i}`,
          lies: Buffer.alloc(0),
          central: { at: 0, packed: 1034 },
        })),
      ])
    },
    /overlap|lies between/,
  ],
  of(
    'an entry within another',
    () => [
      { name: 'a', body, method: 0, central: { at: 0 } },
      { name: 'b', central: { at: 40 } },
    ],
    /overlap|lies between/,
  ),
  of(
    'bytes between entries',
    () => [{ name: 'a' }, { name: 'b', before: Buffer.from('hidden') }],
    /lies between/,
  ),
  of(
    'bytes before the first entry',
    () => [{ name: 'a', before: Buffer.from('PK\x03\x04#!/bin/sh') }],
    /lies between|overlap/,
  ),
  of('a place behind its end', () => [{ name: 'a', central: { at: 99_999 } }], /overlap|lies between/),
  [
    'bytes behind its end',
    () => Buffer.concat([zip([{ name: 'a' }]), Buffer.from('more')]),
    /no directory at its end/,
  ],
  [
    'bytes before its end',
    () => zip([{ name: 'a' }], { before: Buffer.from('hidden') }),
    /something stands between/,
  ],
  ['two ends', () => zip([{ name: 'a' }], { comment: zip([]) }), /two ends/],
  [
    'an end of too few entries',
    () => zip([{ name: 'a' }, { name: 'b' }], { entries: 1 }),
    /2 entries, and its end says 1/,
  ],
  ['an end of too many entries', () => zip([{ name: 'a' }], { entries: 2 }), /1 entries, and its end says 2/],
  ['a directory elsewhere', () => zip([{ name: 'a' }], { directoryAt: 3 }), /not where its end says/],
  [
    'a directory from its first byte',
    () => zip([{ name: 'a' }], { directoryAt: 0, directoryBytes: 79 }),
    /directory is damaged|not where/,
  ],
  [
    'a directory of another size',
    () => zip([{ name: 'a' }], { directoryBytes: 3 }),
    /not where its end says/,
  ],
  ['a part of many', () => zip([{ name: 'a' }], { disk: 1 }), /one of several parts/],
  ['entries on other parts', () => zip([{ name: 'a' }], { here: 1, entries: 2 }), /one of several parts/],
  of('an entry on another part', () => [{ name: 'a', central: { disk: 2 } }], /one of several parts/),
  [
    'an end that names another',
    () => zip([{ name: 'a' }], { before: locator(7) }),
    /another end that is not there/,
  ],
  ['two ends that differ', () => withLargeEnd({ entries: 5 }), /says two things/],
  ['a large end of parts', () => withLargeEnd({ here: 2 }), /several parts/],
]

const broken: readonly Hostile[] = [
  ['the first half of it', () => half(zip([{ name: 'a', body }])), /no directory at its end/],
  [
    'a damaged directory',
    () => changed(zip([{ name: 'a' }]), 34),
    /directory is damaged|no directory|overlap/,
  ],
  ['its first four bytes', () => zip([{ name: 'a' }]).subarray(0, 4), /no directory/],
  ['a tar.gz', () => tarGz([file('a')]), /it is a gzip file; name it \.tar\.gz/],
  ['a web page', () => Buffer.from('<html><body>404</body></html>'), /it is a web page/],
  ['a 7z archive', () => Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]), /it is a 7z archive/],
  ['random bytes', () => Buffer.from('no archive at all'), /it is no archive/],
]

export const hostileZips: readonly Hostile[] = [...entries, ...lies, ...places, ...broken]

/** Where the other end of a large zip is said to lie. */
function locator(at: number): Buffer {
  return littleEndian([4, 0x07064b50], [4, 0], [8, at], [4, 1])
}

/** A zip with both ends. */
export function withLargeEnd(more: { readonly here?: number; readonly entries?: number } = {}): Buffer {
  const { entries: count = 1, here = count } = more
  const plain = zip([{ name: 'a' }])
  const directoryBytes = 47
  const directoryAt = plain.length - 22 - directoryBytes
  const places = [here, count, directoryBytes, directoryAt].map((value) => [8, value] as const)
  const large = littleEndian([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], ...places)
  return zip([{ name: 'a' }], { before: Buffer.concat([large, locator(plain.length - 22)]) })
}
