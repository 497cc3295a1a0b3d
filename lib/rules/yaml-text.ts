import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import { pathOf } from './json-pointer.ts'
import { shown } from './problem.ts'

/** Where something stands in a text: 1-based. */
export interface Place {
  readonly line?: number
  readonly column?: number
}

/** What the parser, or a record, cannot take. */
export interface YamlFault extends Place {
  readonly found: string
}

/** A YAML file as it was read, which can tell where its parts stand. */
export interface YamlText {
  readonly document: Document
  /** Nothing of it may be used where there is one. */
  readonly faults: readonly YamlFault[]
  /** Where what a JSON Pointer names stands: its key, or the nearest parent where it is missing. */
  place(pointer: string): Place
  /** Where the value that a JSON Pointer names begins. */
  valuePlace(pointer: string): Place
  /** The place of a character of the text that a JSON Pointer names, where that can be told; else of the text. */
  placeInside(pointer: string, offset: number): Place
}

/** Read YAML as JSON would have it. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  // Whether keys are unique is looked at below: the library compares each with each, for minutes where there are many.
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'error',
  })
  const told = [...document.errors, ...document.warnings].map((error) => ({
    found: faultOf(error.message),
    at: error.pos[0],
  }))
  // Once the parser's stack is at its end, what else it says is noise.
  const deep = told.find(({ found }) => found === tooDeep)
  const odd = deep === undefined ? (told.length > 0 ? told : oddities(document)) : [deep]
  return {
    document,
    faults: odd.map(({ found, at }) => ({ found, ...position(lines, at) })),
    place: (pointer) => position(lines, keyOffset(document, pointer)),
    valuePlace: (pointer) => position(lines, valueOffset(document, pointer)),
    placeInside: (pointer, offset) => position(lines, insideOffset(document, text, pointer, offset)),
  }
}

/** As JSON would have it: YAML's own maps with odd keys, dates and cycles do not get past this; undefined for those. */
export function plainYaml(document: Document): { readonly value: unknown } | undefined {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) }
  } catch {
    return undefined
  }
}

const tooDeep = 'it nests too deeply'

/** The parser's own words on a fault, except where its stack has come to its end. */
function faultOf(message: string): string {
  const [line = 'a fault'] = message.split('\n')
  return /call stack/i.test(line) ? tooDeep : shortened(line)
}

/** What the parser lets pass and no record can keep: a key that stands there twice, and half a character. */
function oddities(document: Document): { found: string; at: number | undefined }[] {
  const found: { found: string; at: number | undefined }[] = []
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value))
          found.push({ found: `the key ${shown(key.value)} stands there twice`, at: key.range?.[0] })
        seen.add(key.value)
      }
    },
    Scalar(_, { value, range }) {
      if (typeof value === 'string' && !value.isWellFormed())
        found.push({ found: 'a text holds half of a surrogate pair, which is no character', at: range?.[0] })
    },
  })
  return found
}

function shortened(line: string): string {
  return (line.length > 200 ? `${line.slice(0, 197)}...` : line).toWellFormed()
}

/** The offset in the text of what a pointer names: of its key, or of the nearest parent where it is missing. */
function keyOffset(document: Document, pointer: string): number | undefined {
  const path = pathOf(pointer)
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const last = path[length - 1]
    const key = isMap(parent)
      ? parent.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key
      : undefined
    const node = key ?? (isSeq(parent) ? parent.get(Number(last), true) : undefined)
    if (isNode(node) && node.range) return node.range[0]
  }
  return document.contents?.range?.[0]
}

function valueOffset(document: Document, pointer: string): number | undefined {
  const node = document.getIn(pathOf(pointer), true)
  return isNode(node) && node.range ? node.range[0] : keyOffset(document, pointer)
}

/** Of a text that stands there as it is, or as a block, the place of one of its characters. */
function insideOffset(document: Document, text: string, pointer: string, offset: number): number | undefined {
  const node = document.getIn(pathOf(pointer), true)
  if (!isScalar(node) || !node.range || typeof node.value !== 'string') return valueOffset(document, pointer)
  const [start, end] = node.range
  const { value } = node
  for (const first of [start, start + 1])
    if (text.slice(first, first + value.length) === value) return first + Math.min(offset, value.length)
  // A block: its lines stand below its head, each moved to the right.
  const before = value.slice(0, offset).split('\n')
  const rows = text.slice(start, end).split('\n')
  const row = rows[before.length]
  if (node.type !== 'BLOCK_LITERAL' || row === undefined) return start
  const above = rows.slice(0, before.length).join('\n').length + 1
  const moved = row.length - (value.split('\n')[before.length - 1]?.length ?? row.length)
  return start + above + Math.max(0, moved) + (before.at(-1)?.length ?? 0)
}

function position(lines: LineCounter, offset: number | undefined): Place {
  if (offset === undefined) return {}
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}
