import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isProblem } from '../../../lib/rules/problem.ts'
import { readPickleFile } from '../../../lib/rules/python/pickle-file.ts'
import { readPickle } from '../../../lib/rules/python/pickle-stream.ts'
import type { PythonValue } from '../../../lib/rules/python/python-value.ts'
import { sklearnFacts } from '../../../lib/rules/python/sklearn-artifact.ts'
import { answerOrRefusal, refusal } from '../refusal.ts'
import { fixtureBytes } from './sklearn-fixtures.ts'

/** A stream as it is written here: each letter a byte. */
const bytesOf = (stream: string) => Uint8Array.from(stream, (letter) => letter.charCodeAt(0))
const readValue = (stream: string): PythonValue => readPickle(bytesOf(stream)).value

describe('an opcode', () => {
  test.each<[string, string, PythonValue]>([
    ['NONE', 'N.', null],
    ['NEWTRUE', '\x80\x02\x88.', true],
    ['NEWFALSE', '\x89.', false],
    ['INT', 'I42\n.', 42],
    ['INT as a bool', 'I01\n.', true],
    ['INT below nothing', 'I-7\n.', -7],
    ['LONG', 'L12345678901234567890L\n.', 12345678901234567890n],
    ['BININT', 'J\xff\xff\xff\xff.', -1],
    ['BININT1', 'K\xff.', 255],
    ['BININT2', 'M\x01\x02.', 513],
    ['LONG1', '\x8a\x02\x00\xff.', -256],
    ['LONG1 of nothing', '\x8a\x00.', 0],
    ['LONG1 beyond a double', '\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.', 2n ** 64n],
    ['LONG4', '\x8b\x01\x00\x00\x00\x07.', 7],
    [
      'LONG4 of more bytes than a signature needs',
      `\x8b\x01\x01\x00\x00${'\x7f'.repeat(257)}.`,
      { kind: 'opaque' },
    ],
    ['LONG of as many digits', `L${'7'.repeat(257)}L\n.`, { kind: 'opaque' }],
    ['BINUNICODE of more than a name', `X\x01\x00\x01\x00${'a'.repeat(65_537)}.`, { kind: 'opaque' }],
    ['FLOAT', 'F1.5\n.', 1.5],
    ['BINFLOAT', 'G\x3f\xf8\x00\x00\x00\x00\x00\x00.', 1.5],
    ['STRING', "S'it\\'s\\x41\\n'\n.", "it'sA\n"],
    ['BINSTRING', 'T\x02\x00\x00\x00ab.', 'ab'],
    ['SHORT_BINSTRING', 'U\x01\xe9.', 'é'],
    ['UNICODE', 'V\\u00e9x\n.', 'éx'],
    ['BINUNICODE', 'X\x02\x00\x00\x00\xc3\xa9.', 'é'],
    ['SHORT_BINUNICODE', '\x8c\x02\xc3\xa9.', 'é'],
    ['BINUNICODE8', '\x8d\x01\x00\x00\x00\x00\x00\x00\x00a.', 'a'],
    ['BINBYTES', 'B\x02\x00\x00\x00ab.', bytesOf('ab')],
    ['SHORT_BINBYTES', 'C\x02ab.', bytesOf('ab')],
    ['BINBYTES8', '\x8e\x01\x00\x00\x00\x00\x00\x00\x00a.', bytesOf('a')],
    ['BYTEARRAY8', '\x96\x01\x00\x00\x00\x00\x00\x00\x00a.', bytesOf('a')],
    ['READONLY_BUFFER', 'C\x01a\x98.', bytesOf('a')],
    ['EMPTY_TUPLE', ').', { kind: 'tuple', items: [] }],
    ['TUPLE', '(K\x01K\x02t.', { kind: 'tuple', items: [1, 2] }],
    ['TUPLE1', 'K\x01\x85.', { kind: 'tuple', items: [1] }],
    ['TUPLE2', 'K\x01K\x02\x86.', { kind: 'tuple', items: [1, 2] }],
    ['TUPLE3', 'K\x01K\x02K\x03\x87.', { kind: 'tuple', items: [1, 2, 3] }],
    ['APPEND', ']K\x01a.', { kind: 'list', items: [1] }],
    ['APPENDS', '](K\x01K\x02e.', { kind: 'list', items: [1, 2] }],
    ['LIST', '(K\x01l.', { kind: 'list', items: [1] }],
    ['DICT', '(K\x01K\x02d.', { kind: 'dict', entries: [1, 2] }],
    ['SETITEM', '}K\x01K\x02s.', { kind: 'dict', entries: [1, 2] }],
    ['SETITEMS', '}(K\x01K\x02K\x03K\x04u.', { kind: 'dict', entries: [1, 2, 3, 4] }],
    ['ADDITEMS', '\x8f(K\x01\x90.', { kind: 'set', items: [1] }],
    ['FROZENSET', '(K\x01\x91.', { kind: 'set', items: [1] }],
    ['PUT and GET', 'K\x05p300\n0g300\n.', 5],
    ['BINPUT and BINGET', 'K\x05q\x090h\x09.', 5],
    ['LONG_BINPUT and LONG_BINGET', 'K\x05r\x00\x01\x00\x000j\x00\x01\x00\x00.', 5],
    ['MEMOIZE', 'K\x05\x94K\x06\x9400h\x01.', 6],
    ['POP', 'K\x01K\x020.', 1],
    ['POP of a mark', 'K\x01(0.', 1],
    ['POP_MARK', 'K\x01(K\x02K\x031.', 1],
    ['DUP', 'K\x012\x86.', { kind: 'tuple', items: [1, 1] }],
    ['FRAME', '\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x01.', 1],
  ])('%s is read', (_, stream, value) => {
    expect(readValue(stream)).toEqual(value)
  })

  const global = { kind: 'global', module: 'm', name: 'f' }
  const call = (args: readonly PythonValue[]) => ({
    kind: 'object',
    callee: global,
    args: { kind: 'tuple', items: args },
    items: [],
  })
  test.each<[string, string, unknown]>([
    ['GLOBAL', 'cm\nf\n.', global],
    ['STACK_GLOBAL', '\x8c\x01m\x8c\x01f\x93.', global],
    ['REDUCE', 'cm\nf\n(K\x01tR.', call([1])],
    ['NEWOBJ', 'cm\nf\n)\x81.', call([])],
    ['NEWOBJ_EX', 'cm\nf\n)}\x92.', call([])],
    ['INST', '(K\x01im\nf\n.', call([1])],
    ['OBJ', '(cm\nf\nK\x01o.', call([1])],
    ['BUILD', 'cm\nf\n)R}b.', { ...call([]), state: { kind: 'dict', entries: [] } }],
    ['SETITEMS of an object', 'cm\nf\n)R(K\x01K\x02u.', { ...call([]), items: [1, 2] }],
  ])('%s is kept as what it would call', (_, stream, value) => {
    expect(readPickle(bytesOf(stream))).toEqual({ value, globals: [global] })
  })

  test.each([
    ['EXT1', '\x82\x07.', 'extension 7'],
    ['EXT2', '\x83\x07\x00.', 'extension 7'],
    ['EXT4', '\x84\x07\x00\x00\x00.', 'extension 7'],
    ['STACK_GLOBAL of a name that would be computed', 'K\x01K\x02\x93.', 'a name that is computed'],
  ])('%s hides a name, and is reported', (_, stream, name) => {
    expect(readPickle(bytesOf(stream)).globals).toMatchObject([{ name }])
  })
})

/** A NumpyArrayWrapper of joblib with these attributes, in protocol 2. */
function wrapped(dtype: string, shape: string, behind: string, aligned = ''): string {
  const state = `}(X\x05\x00\x00\x00dtypecnumpy\ndtype\n(${dtype}tRX\x05\x00\x00\x00shape${shape}${aligned}u`
  return `cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81${state}b${behind}`
}
const aligned = 'X\x1b\x00\x00\x00numpy_array_alignment_bytesK\x10'

describe("joblib's array", () => {
  test.each([
    ['behind nothing, as before joblib 1.2', wrapped('U\x02f8', 'K\x02\x85', 'x'.repeat(16))],
    ['behind a padding', wrapped('U\x02f8', 'K\x02\x85', `\x03\xff\xff\xff${'x'.repeat(16)}`, aligned)],
  ])('is passed over %s', (_, stream) => {
    expect(readValue(`](${stream}K\x07e.`)).toEqual({
      kind: 'list',
      items: [{ kind: 'array', dtype: 'f8', shape: [2] }, 7],
    })
  })

  test('of objects is a pickle of its own, whose names count', () => {
    const { globals } = readPickle(bytesOf(`${wrapped('U\x02O8', 'K\x01\x85', 'cos\nsystem\n.')}.`))
    expect(globals).toContainEqual({ kind: 'global', module: 'os', name: 'system' })
  })

  test.each([
    ['more bytes than follow', wrapped('U\x02f8', 'K\x03\x85', 'x'.repeat(16))],
    [
      'more bytes than there are in the world',
      wrapped('U\x02f8', `(${'J\xff\xff\xff\x7f'.repeat(60)}t`, 'xx'),
    ],
    ['a length below nothing', wrapped('U\x02f8', 'J\xff\xff\xff\xff\x85', 'xx')],
    ['no type', wrapped('K\x01', 'K\x01\x85', 'x'.repeat(8))],
  ])('with %s is refused', (_, stream) => {
    expect(refusal(() => readValue(`${stream}.`)).code).toBe('artifact-corrupt')
  })
})

describe('a broken stream', () => {
  test.each([
    ['nothing', ''],
    ['a text', '<!doctype html><title>Not found</title>'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n'],
    ['a zip', 'PK\x03\x04\x14\x00\x00\x00\x08\x00'],
    ['ONNX', '\x08\x0a\x12\x07skl2onnx'],
    ['no STOP', 'K\x01'],
    ['STOP alone', '.'],
    ['a protocol of the future', '\x80\x09N.'],
    ['an opcode that there is not', '\xff.'],
    ['a mark that is missing', 't.'],
    ['a POP of nothing', '0.'],
    ['a value taken from below a mark', 'K\x01(\x85.'],
    ['a GET of what was not put', 'h\x05.'],
    ['a dict with an odd number of values', '(K\x01d.'],
    ['an APPEND to a number', 'K\x01K\x02a.'],
    ['a number of letters', 'Iabc\n.'],
    ['a line without an end', 'I42'],
    ['a text without quotes', 'Sabc\n.'],
    ['a persistent id', 'Pabc\n.'],
    ['a buffer that is kept elsewhere', '\x97.'],
    ['LONG4 of more bytes than follow', '\x8b\xff\xff\xff\x7f\x00.'],
    ['LONG4 of fewer than no bytes', '\x8b\xff\xff\xff\xff\x00.'],
    ['BINUNICODE8 of 2^63 bytes', '\x8d\x00\x00\x00\x00\x00\x00\x00\x80a.'],
    ['BINBYTES of more bytes than follow', 'B\xff\xff\xff\xffa.'],
    ['BINSTRING of fewer than no bytes', 'T\xff\xff\xff\xffa.'],
  ])('%s is refused with what to do', (_, stream) => {
    const problem = refusal(() => readPickleFile(bytesOf(stream)))
    expect(problem.code).toBe('artifact-corrupt')
    expect(problem.message).toMatch(/save it again/)
  })
})

describe('a hostile stream', () => {
  const laughs = `]q\x00(${'N'.repeat(10)}e${Array.from({ length: 200 }, (_, i) => `](${`h${String.fromCharCode(i)}`.repeat(10)}eq${String.fromCharCode(i + 1)}`).join('')}`
  test.each([
    ['that doubles itself two hundred times by its memo', `${laughs}.`],
    ['that holds itself', ']q\x00h\x00a.'],
    ['whose state is itself', 'csklearn.pipeline\nPipeline\n)\x81q\x00h\x00b.'],
    ['three hundred thousand tuples deep', `N${'\x85'.repeat(300_000)}.`],
    ['with a number of 100 000 bytes', `\x8b\xa0\x86\x01\x00${'\x7f'.repeat(100_000)}.`],
    ['with a number of 100 000 digits', `I${'7'.repeat(100_000)}\n.`],
    ['with a name of a million letters', `c${'m'.repeat(60_000)}\n${'n'.repeat(60_000)}\n.`],
  ])('%s is read to its end', (_, stream) => {
    const found = readPickleFile(bytesOf(stream))
    expect('unread' in found ? undefined : sklearnFacts(found).signature).toHaveProperty('unknown')
  })

  test.each([
    ['lists', ']'],
    ['objects', 'cm\nf\n)\x81'],
    ['numbers', 'K\x01'],
    ['copies', 'N2222222222222222'],
    ['marks', '('],
    ['memos', 'N\x94\x94\x94\x94'],
    ['texts', 'U\x01a'],
  ])('of millions of %s is given up before it fills the memory', (_, part) => {
    const stream = new Uint8Array(Buffer.alloc(20_000_000, part, 'latin1'))
    expect(readPickleFile(stream)).toEqual({ unread: expect.stringMatching(/too many values/) })
  })
})

describe('any bytes', () => {
  const seeds = [
    'logistic.joblib',
    'object-labels.protocol-2.pkl',
    'pipeline.protocol-0.pkl',
    'columns.joblib',
    'pipeline.joblib',
  ]

  /** Facts, or a Problem of one code. */
  function expectAnswer(bytes: Uint8Array): boolean {
    const answer = answerOrRefusal(() => {
      const found = readPickleFile(bytes)
      return 'unread' in found ? found : sklearnFacts(found)
    })
    if (isProblem(answer)) expect(answer.code).toBe('artifact-corrupt')
    return isProblem(answer)
  }

  test.each(seeds)('of %s, up to eight of them changed at random, are refused or read', (file) => {
    const bytes = fixtureBytes(file)
    const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) })
    let refused = 0
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const mutant = bytes.slice()
        for (const { at, byte } of changes) mutant[at] = byte
        if (expectAnswer(mutant)) refused += 1
      }),
      { seed: 1, numRuns: 3000 },
    )
    expect(refused).toBeGreaterThan(400)
    expect(refused).toBeLessThan(3000)
  })

  test.each(seeds)('of %s, cut anywhere, are refused', (file) => {
    const bytes = fixtureBytes(file)
    for (let end = 0; end < bytes.length; end += 3) expect(expectAnswer(bytes.subarray(0, end))).toBe(true)
  })

  test('at random, as opcodes would be, are refused or read', () => {
    const opcode = fc.constantFrom(
      ...'(.012FGIJKLMNRSTUVXabcdeghijlopqrstu]})\x80\x81\x85\x86\x87\x88\x8a\x8b\x8c\x8f\x90\x91\x92\x93\x94\x95',
    )
    const part = fc.oneof(
      { weight: 4, arbitrary: opcode },
      { weight: 1, arbitrary: fc.constantFrom('\n', '\x00', '\x01', '1', 'a') },
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        expectAnswer(bytesOf(parts.join('')))
      }),
      { seed: 1, numRuns: 20_000 },
    )
  })

  test('wherever they stand in their buffer are read the same', () => {
    const bytes = fixtureBytes('columns.joblib')
    const shifted = new Uint8Array(bytes.length + 5)
    shifted.set(bytes, 5)
    expect(readPickle(shifted.subarray(5))).toEqual(readPickle(bytes))
  })
})
