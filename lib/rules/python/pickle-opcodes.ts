import { brokenStream, type PickleCursor } from './pickle-cursor.ts'
import { dictOf, objectOf, type PickleStack } from './pickle-stack.ts'
import { isKind, type PythonGlobal, type PythonValue } from './python-value.ts'

type Opcode = (stack: PickleStack, cursor: PickleCursor) => void

/** Text longer than this says nothing about a model's signature, and is not decoded. */
const longestText = 64 * 1024
/** The same of whole numbers, in bytes. */
const longestNumber = 256

const opaque = { kind: 'opaque' } as const
const utf8 = new TextDecoder('utf-8')

/** Each byte a letter. (The 'latin1' of TextDecoder is another one, windows-1252.) */
function latin1(bytes: Uint8Array): string {
  let found = ''
  for (const byte of bytes) found += String.fromCharCode(byte)
  return found
}

const text = (bytes: Uint8Array): PythonValue => (bytes.length > longestText ? opaque : utf8.decode(bytes))
const oldText = (bytes: Uint8Array): PythonValue => (bytes.length > longestText ? opaque : latin1(bytes))

/** A little-endian two's complement number. */
function longOf(bytes: Uint8Array): PythonValue {
  if (bytes.length > longestNumber) return opaque
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return narrow(BigInt.asIntN(bytes.length * 8, value))
}

function decimal(line: Uint8Array): PythonValue {
  const digits = latin1(line.subarray(0, longestNumber)).trim().replace(/L$/, '')
  if (line.length > longestNumber) return opaque
  if (digits === '00' || digits === '01') return digits === '01'
  if (!/^[+-]?\d+$/.test(digits)) throw brokenStream('a number has other signs than digits')
  return narrow(BigInt(digits.replace(/^\+/, '')))
}

function narrow(value: bigint): PythonValue {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** A quoted text of protocol 0, with the escapes that a name or a number may have. */
function quoted(line: Uint8Array): PythonValue {
  const found = oldText(line)
  if (typeof found !== 'string') return opaque
  const inner = /^\s*(['"])(.*)\1\s*$/s.exec(found)?.[2]
  if (inner === undefined) throw brokenStream('a text has no quotes')
  return unescaped(inner)
}

function unescaped(raw: string): string {
  const plain: Record<string, string> = { n: '\n', r: '\r', t: '\t' }
  return raw.replaceAll(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gis, (_, hex, wide, other) =>
    other === undefined ? String.fromCharCode(Number.parseInt(hex ?? wide, 16)) : (plain[other] ?? other),
  )
}

function globalAt(stack: PickleStack, cursor: PickleCursor): PythonGlobal {
  const [module, name] = [oldText(cursor.line()), oldText(cursor.line())]
  if (typeof module !== 'string' || typeof name !== 'string') throw brokenStream('a name has no end')
  return stack.budget.named(module, name)
}

/** A name that the stream would have computed: what it is nobody can tell without running it. */
export const computedName = { module: '?', name: 'a name that is computed' } as const

function stackGlobal(stack: PickleStack): void {
  const [name, module] = [stack.pop(), stack.pop()]
  const told = typeof module === 'string' && typeof name === 'string'
  stack.push(
    told ? stack.budget.named(module, name) : stack.budget.named(computedName.module, computedName.name),
  )
}

function extension(stack: PickleStack, code: number): void {
  stack.push(stack.budget.named('copyreg', `extension ${code}`))
}

function reduce(stack: PickleStack): void {
  const args = stack.pop()
  stack.push(objectOf(stack.pop(), args))
}

function newObjectWithKeywords(stack: PickleStack): void {
  stack.pop()
  reduce(stack)
}

function build(stack: PickleStack): void {
  const state = stack.pop()
  const target = stack.top()
  // A class of its own module may be changed so: it is in the list of names, and its state tells nothing.
  if (isKind(target, 'object')) target.state = state
}

function tupleOf(stack: PickleStack, length: number): void {
  const items = Array.from({ length }, () => stack.pop()).reverse()
  stack.push({ kind: 'tuple', items })
}

function pair(stack: PickleStack): void {
  const value = stack.pop()
  const key = stack.pop()
  stack.extend([key, value])
}

function calledSinceMark(stack: PickleStack): void {
  const [callee, ...args] = stack.sinceMark()
  if (callee === undefined) throw brokenStream('it calls nothing')
  stack.push(objectOf(callee, { kind: 'tuple', items: args }))
}

function instance(stack: PickleStack, cursor: PickleCursor): void {
  const items = stack.sinceMark()
  stack.push(objectOf(globalAt(stack, cursor), { kind: 'tuple', items }))
}

function outside(): never {
  throw brokenStream('it refers to things that are kept outside of it')
}

/** What each opcode of the protocols 0 to 5 does (CPython's pickletools lists them), but for STOP. */
const opcodes: Readonly<Record<string, Opcode>> = {
  '\x80': (_, cursor) => refuseProtocol(cursor.byte()),
  '\x95': (_, cursor) => void cursor.uint64(),
  '(': (stack) => stack.mark(),
  '0': (stack) => stack.drop(),
  '1': (stack) => void stack.sinceMark(),
  '2': (stack) => stack.repeat(stack.top()),
  N: (stack) => stack.push(null),
  '\x88': (stack) => stack.push(true),
  '\x89': (stack) => stack.push(false),
  I: (stack, cursor) => stack.push(decimal(cursor.line())),
  L: (stack, cursor) => stack.push(decimal(cursor.line())),
  J: (stack, cursor) => stack.push(cursor.int32()),
  K: (stack, cursor) => stack.push(cursor.byte()),
  M: (stack, cursor) => stack.push(cursor.uint16()),
  '\x8a': (stack, cursor) => stack.push(longOf(cursor.take(cursor.byte()))),
  '\x8b': (stack, cursor) => stack.push(longOf(cursor.take(cursor.int32()))),
  F: (stack, cursor) => stack.push(Number(latin1(cursor.line().subarray(0, longestNumber)))),
  G: (stack, cursor) => stack.push(cursor.float64()),
  S: (stack, cursor) => stack.push(quoted(cursor.line())),
  T: (stack, cursor) => stack.push(oldText(cursor.take(cursor.int32()))),
  U: (stack, cursor) => stack.push(oldText(cursor.take(cursor.byte()))),
  V: (stack, cursor) => {
    const line = oldText(cursor.line())
    stack.push(typeof line === 'string' ? unescaped(line) : line)
  },
  X: (stack, cursor) => stack.push(text(cursor.take(cursor.uint32()))),
  '\x8c': (stack, cursor) => stack.push(text(cursor.take(cursor.byte()))),
  '\x8d': (stack, cursor) => stack.push(text(cursor.take(cursor.uint64()))),
  B: (stack, cursor) => stack.push(cursor.take(cursor.uint32())),
  C: (stack, cursor) => stack.push(cursor.take(cursor.byte())),
  '\x8e': (stack, cursor) => stack.push(cursor.take(cursor.uint64())),
  '\x96': (stack, cursor) => stack.push(cursor.take(cursor.uint64())),
  '\x97': outside,
  '\x98': () => {},
  ')': (stack) => stack.push({ kind: 'tuple', items: [] }),
  t: (stack) => stack.push({ kind: 'tuple', items: stack.sinceMark() }),
  '\x85': (stack) => tupleOf(stack, 1),
  '\x86': (stack) => tupleOf(stack, 2),
  '\x87': (stack) => tupleOf(stack, 3),
  ']': (stack) => stack.push({ kind: 'list', items: [] }),
  l: (stack) => stack.push({ kind: 'list', items: stack.sinceMark() }),
  a: (stack) => stack.extend([stack.pop()]),
  e: (stack) => stack.extend(stack.sinceMark()),
  '}': (stack) => stack.push(dictOf([])),
  d: (stack) => stack.push(dictOf(stack.sinceMark())),
  s: pair,
  u: (stack) => stack.extend(dictOf(stack.sinceMark()).entries),
  '\x8f': (stack) => stack.push({ kind: 'set', items: [] }),
  '\x90': (stack) => stack.extend(stack.sinceMark()),
  '\x91': (stack) => stack.push({ kind: 'set', items: stack.sinceMark() }),
  p: (stack, cursor) => stack.remember(Number(latin1(cursor.line().subarray(0, 20)))),
  q: (stack, cursor) => stack.remember(cursor.byte()),
  r: (stack, cursor) => stack.remember(cursor.uint32()),
  '\x94': (stack) => stack.rememberNext(),
  g: (stack, cursor) => stack.recall(Number(latin1(cursor.line().subarray(0, 20)))),
  h: (stack, cursor) => stack.recall(cursor.byte()),
  j: (stack, cursor) => stack.recall(cursor.uint32()),
  c: (stack, cursor) => stack.push(globalAt(stack, cursor)),
  '\x93': stackGlobal,
  R: reduce,
  '\x81': reduce,
  '\x92': newObjectWithKeywords,
  b: build,
  i: instance,
  o: calledSinceMark,
  '\x82': (stack, cursor) => extension(stack, cursor.byte()),
  '\x83': (stack, cursor) => extension(stack, cursor.uint16()),
  '\x84': (stack, cursor) => extension(stack, cursor.int32()),
  P: outside,
  Q: outside,
}

function refuseProtocol(protocol: number): void {
  if (protocol > 5) throw brokenStream(`it is written in protocol ${protocol}, and 0 to 5 are known`)
}

/** The opcodes by their byte. */
export const opcodeOf: readonly (Opcode | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => opcodes[String.fromCharCode(code)],
)

/** STOP: the value on top is the whole. */
export const stopCode = '.'.charCodeAt(0)
/** BUILD, after which joblib's arrays follow. */
export const buildCode = 'b'.charCodeAt(0)
