import { gzipSync } from 'node:zlib'
import { file, pax, tar, tarEntry, tarGz } from './tar-bytes.ts'
import { zip } from './zip-bytes.ts'

/** What it is, its bytes, and what its refusal must say. @param outside a folder that nothing may be written to */
export type Hostile = readonly [what: string, make: (outside: string) => Uint8Array, says: RegExp]

const many = (count: number, make: (i: number) => Buffer) => Array.from({ length: count }, (_, i) => make(i))
const gz = (what: string, make: (outside: string) => readonly Buffer[], says: RegExp): Hostile => [
  what,
  (outside) => tarGz(make(outside)),
  says,
]
const folder = (name: string, more = {}) => tarEntry({ name, type: '5', mode: 0o755, ...more })
const huge = Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0)
const negative = new Uint8Array(12).fill(0xff)

const paths: readonly Hostile[] = [
  gz('a path that leads out', () => [file('../canary')], /'\.\.\/canary' has \.\. in its path/),
  gz('a path that leads out behind a folder', () => [file('a/../../canary')], /has \.\./),
  gz('a path that comes back in', () => [file('a/../b')], /has \.\./),
  gz('a folder that leads out', () => [folder('a/..'), file('b')], /has \.\./),
  gz('a path that leads out by pax', () => [pax(['path', '../../canary']), file('b')], /has \.\./),
  gz(
    'a path that leads out by a long name',
    () => [tarEntry({ name: 'L', type: 'L', body: '../canary\0' }), file('b')],
    /has \.\./,
  ),
  gz('an absolute path', (outside) => [file(`${outside}/canary`)], /has an absolute path/),
  gz('an absolute path by its prefix', () => [file('canary', { prefix: '/tmp' })], /has an absolute path/),
  gz('an absolute path by pax', (outside) => [pax(['path', `${outside}/canary`]), file('b')], /absolute/),
  gz('a drive of Windows', () => [file('C:/canary')], /absolute/),
  gz('a backslash', () => [file('..\\canary')], /has a backslash/),
  gz('an empty part', () => [file('a//b')], /empty or dotted/),
  gz('a dotted part', () => [file('a/./b')], /empty or dotted/),
  gz('no name', () => [file('')], /has no name/),
  gz('a file named as a folder', () => [file('a/')], /is a folder with 1 bytes/),
  gz('a line break in a name', () => [file('a\nb')], /control character/),
  gz('an escape sequence in a name', () => [file('\u001b[2J')], /control character/),
  gz('a zero byte in a name', () => [pax(['path', 'model.onnx\0.txt']), file('b')], /control character/),
  gz('a name that is written backwards', () => [file('model\u202exnno.py')], /not seen/),
  gz('a name with nothing in it that is seen', () => [file('model\u200b.onnx')], /not seen/),
  gz('a name in Latin-1', () => [file(Uint8Array.of(0x6d, 0xf6, 0x64))], /not UTF-8/),
  gz('a name of 300 bytes', () => [pax(['path', 'n'.repeat(300)]), file('n')], /name that no disk takes/),
  gz(
    'a path of 600 bytes',
    () => [pax(['path', `${'n'.repeat(99)}/`.repeat(6)]), file('n')],
    /has a path of 600 bytes/,
  ),
  gz('forty folders deep', () => [file(`${'d/'.repeat(40)}x`)], /lies 40 folders deep/),
]

const kinds: readonly Hostile[] = [
  gz(
    'a symbolic link to a secret',
    () => [tarEntry({ name: 'model', type: '2', link: '/etc/passwd' })],
    /is a symbolic link/,
  ),
  gz(
    'a file behind a symbolic link',
    (outside) => [tarEntry({ name: 'a', type: '2', link: outside }), file('a/canary')],
    /is a symbolic link/,
  ),
  gz(
    'a folder that becomes a link',
    (outside) => [folder('a'), tarEntry({ name: 'a', type: '2', link: outside }), file('a/canary')],
    /is a symbolic link/,
  ),
  gz(
    'a link by a long target',
    () => [tarEntry({ name: 'K', type: 'K', body: '/etc/passwd\0' }), tarEntry({ name: 'm', type: '2' })],
    /symbolic/,
  ),
  gz(
    'a hard link to a secret',
    () => [tarEntry({ name: 'model', type: '1', link: '/etc/passwd' })],
    /is a hard link/,
  ),
  gz(
    'a hard link to a symbolic link',
    (outside) => [
      tarEntry({ name: 'b', type: '1', link: 'a' }),
      tarEntry({ name: 'a', type: '2', link: outside }),
      file('b', { body: 'canary' }),
    ],
    /is a hard link/,
  ),
  gz('a device of characters', () => [tarEntry({ name: 'null', type: '3' })], /is a device/),
  gz('a device of blocks', () => [tarEntry({ name: 'sda', type: '4' })], /is a device/),
  gz('a named pipe', () => [tarEntry({ name: 'pipe', type: '6' })], /is a named pipe/),
  gz('a file of one stretch', () => [file('a', { type: '7' })], /of a kind that no model needs/),
  gz('a kind that nobody knows', () => [file('a', { type: 'Z' })], /of a kind that no model needs/),
  gz('a part of many', () => [file('a', { type: 'M' })], /in several parts/),
  gz('a name of a tape', () => [tarEntry({ name: 'tape', type: 'V' }), file('a')], /in several parts/),
  gz('a sparse file of GNU', () => [file('a', { type: 'S' })], /sparse/),
  gz(
    'a sparse file by pax',
    () => [pax(['GNU.sparse.major', '1'], ['GNU.sparse.realsize', '9999999999']), file('a')],
    /sparse/,
  ),
  gz('a program that runs as root', () => [file('a', { mode: 0o4755 })], /has the mode 4755/),
  gz('a program that runs as a group', () => [file('a', { mode: 0o2755 })], /has the mode 2755/),
  gz('a sticky file', () => [file('a', { mode: 0o1644 })], /has the mode 1644/),
  gz('a folder with bytes', () => [folder('a', { body: 'xx' }), file('b')], /is a folder with 2 bytes/),
]

const collisions: readonly Hostile[] = [
  gz('a file twice', () => [file('a'), file('a', { body: 'y' })], /stands in the archive twice/),
  gz('a file twice, once by a dot', () => [file('a'), file('./a')], /twice/),
  gz(
    'two files that differ in capitals',
    () => [file('Model.onnx'), file('model.onnx')],
    /nothing but capitals/,
  ),
  gz(
    'two folders that differ in capitals',
    () => [file('Code/a.py'), file('code/b.py')],
    /nothing but capitals/,
  ),
  gz(
    'two names that differ in how an accent is written',
    () => [file('caf\u00e9'), file('cafe\u0301')],
    /accents/,
  ),
  gz('two names that differ in a ligature', () => [file('\ufb01le'), file('file')], /nothing but/),
  gz('two names that differ in a sharp s', () => [file('stra\u00dfe'), file('STRASSE')], /nothing but/),
  gz('a file that becomes a folder', () => [file('a'), file('a/b')], /a file and a folder at once/),
  gz('a folder that becomes a file', () => [file('a/b'), file('a')], /a file and a folder at once/),
]

const amounts: readonly Hostile[] = [
  gz('501 files', () => many(501, (i) => file(`f${i}`)), /501 files/),
  gz('2001 folders', () => many(2001, (i) => folder(`f${i}`)), /more than 2000 entries/),
  gz('20,000 entries', () => many(20_000, (i) => file(`f${i}`, { body: '' })), /501 files/),
  gz(
    'paths without end',
    () =>
      many(400, (i) => file(`f${i}`, { prefix: 'p'.repeat(150), body: '' })).concat(
        many(400, (i) => folder(`g${i}`, { prefix: 'p'.repeat(150) })),
      ),
    /longer than 81920 bytes/,
  ),
  [
    '70 MiB of zeros',
    () => tarGz([tarEntry({ name: 'a', body: Buffer.alloc(70 * 2 ** 20) })]),
    /unpacks to 73400320 or more/,
  ],
  [
    'zeros behind its end',
    () => gzipSync(Buffer.concat([tar([file('a')]), Buffer.alloc(70 * 2 ** 20)])),
    /unpacks to 67\d+ or more/,
  ],
  gz('a file that says 8 GiB', () => [file('a', { sizeField: huge })], /has 8589934592 bytes/),
  gz('a file of less than nothing', () => [file('a', { sizeField: negative })], /out of range/),
  gz(
    'a size that is no number',
    () => [file('a', { sizeField: 'lots of it \0' })],
    /number in a header is none/,
  ),
  gz('nothing', () => [], /holds no file/),
  gz('folders and nothing in them', () => [folder('a'), folder('a/b')], /holds no file/),
  gz("a Mac's own and nothing else", () => [file('._a'), file('__MACOSX/._b')], /holds no file/),
]

const faces: readonly Hostile[] = [
  [
    'an entry behind its end',
    () => gzipSync(Buffer.concat([tar([file('a')]), tar([file('predict.py')])])),
    /behind its end/,
  ],
  [
    'two gzip files in one',
    () => Buffer.concat([tarGz([file('a')]), tarGz([file('predict.py')])]),
    /behind the end of its gzip/,
  ],
  [
    'bytes behind the gzip file',
    () => Buffer.concat([tarGz([file('a')]), Buffer.from('more')]),
    /behind the end/,
  ],
  [
    'zeros behind the gzip file',
    () => Buffer.concat([tarGz([file('a')]), Buffer.alloc(512)]),
    /behind the end/,
  ],
  gz(
    'a global header that names',
    () => [
      tarEntry({
        name: 'g',
        type: 'g',
        body: pax(['path', 'b'])
          .subarray(512, 512 + 10)
          .toString()
          .trim()
          .concat('\n'),
      }),
      file('a'),
    ],
    /global header|malformed/,
  ),
  gz('two names by pax', () => [pax(['path', 'a'], ['path', 'predict.py']), file('a')], /says 'path' twice/),
  gz(
    'two extended headers',
    () => [pax(['path', 'a']), pax(['path', 'b']), file('c')],
    /two names or two sizes/,
  ),
  gz(
    'a long name and one by pax',
    () => [tarEntry({ name: 'L', type: 'L', body: 'a\0' }), pax(['path', 'b']), file('c')],
    /two names/,
  ),
  gz('two sizes', () => [pax(['size', '512']), file('a')], /has two sizes, 1 and 512/),
  gz(
    'a header that goes past its end',
    () => [tarEntry({ name: 'x', type: 'x', body: '99 path=a\n' }), file('a')],
    /malformed/,
  ),
  gz(
    'a header of no length',
    () => [tarEntry({ name: 'x', type: 'x', body: 'path=a\n' }), file('a')],
    /malformed/,
  ),
  gz(
    'a header without its line end',
    () => [tarEntry({ name: 'x', type: 'x', body: '10 path=ab' }), file('a')],
    /malformed/,
  ),
  gz(
    'names in another code',
    () => [pax(['hdrcharset', 'BINARY'], ['path', 'a']), file('a')],
    /another code than UTF-8/,
  ),
  gz(
    'an extended header of 5 MiB',
    () => [pax(['comment', 'c'.repeat(5 * 2 ** 20)]), file('a')],
    /extended header in it has/,
  ),
  gz('an extended header for nothing', () => [file('a'), pax(['path', 'b'])], /where an entry was announced/),
  gz('a header with a wrong sum', () => [file('a', { checksum: 1 })], /sum of a header is wrong/),
  gz('a header of an unknown format', () => [file('a', { magic: 'rats!\x0000' })], /unknown format/),
]

const broken: readonly Hostile[] = [
  [
    'the first half of it',
    () => half(tarGz([tarEntry({ name: 'a', body: noise(100_000) })])),
    /ends in the middle/,
  ],
  [
    'half of a tar',
    () => gzipSync(tar([tarEntry({ name: 'a', body: noise(9000) })]).subarray(0, 5000)),
    /ends in the middle of a/,
  ],
  ['no end mark', () => gzipSync(file('a')), /without its end mark/],
  ['a wrong sum of gzip', () => changed(tarGz([file('a')]), -8), /sum at its end is another/],
  ['a wrong length of gzip', () => changed(tarGz([file('a')]), -4), /another length than it says/],
  ['flags that gzip does not know', () => changed(tarGz([file('a')]), 3, 0xe0), /does not know/],
  [
    'a gzip name without end',
    () => changed(tarGz([file('a')]), 3, 0x08).fill(0x61, 10),
    /first bytes are longer|damaged/,
  ],
  ['a damaged stream', () => changed(tarGz([tarEntry({ name: 'a', body: noise(9000) })]), 40), /damaged|sum/],
  ['ten bytes', () => tarGz([file('a')]).subarray(0, 10), /first bytes are longer|ends within/],
  ['gzip of something else', () => gzipSync('{"no": "tar"}'.repeat(100)), /is no tar/],
  ['gzip of nothing', () => gzipSync(''), /without its end mark/],
  ['nothing at all', () => Buffer.alloc(0), /it is empty/],
  ['a tar that is not compressed', () => tar([file('a')]), /it is a tar that is not compressed/],
  ['a zip', () => zip([{ name: 'a' }]), /it is a zip; name it \.zip/],
  ['a web page', () => Buffer.from('<!DOCTYPE html><title>Sign in</title>'), /it is a web page/],
  [
    'a pointer to a large file',
    () => Buffer.from('version https://git-lfs.github.com/spec/v1\n'),
    /pointer of Git LFS/,
  ],
]

export const hostileTars: readonly Hostile[] = [
  ...paths,
  ...kinds,
  ...collisions,
  ...amounts,
  ...faces,
  ...broken,
]

/** Bytes that do not pack: equal in every run. */
export function noise(length: number): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 1103515245 + 12345) % 2 ** 31
      return state >> 16
    }),
  )
}

export function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2)
}

/** One byte is another. @param at from the end where it is less than 0 */
export function changed(bytes: Buffer, at: number, to?: number): Buffer {
  const place = at < 0 ? bytes.length + at : at
  bytes[place] = to ?? (bytes[place] ?? 0) ^ 0x55
  return bytes
}
