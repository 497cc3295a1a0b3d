import type { PythonArray, PythonGlobal, PythonValue } from './python-value.ts'

/** Nodes inside one another that are read; what lies deeper says nothing about a signature. */
const deepest = 60

/** An object of the tree, with what a node may have. */
interface Json {
  readonly __class__?: unknown
  readonly __module__?: unknown
  readonly __loader__?: unknown
  readonly content?: unknown
  readonly type?: unknown
  readonly file?: unknown
}

const isNode = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const opaque = { kind: 'opaque' } as const

/**
 * The tree in which skops describes a model: nodes with `__class__`, `__module__`, `__loader__` and a content. An
 * object that stands in several places is written out in each.
 */
export class SkopsTree {
  private readonly root: unknown
  private readonly fileOf: (name: string) => Uint8Array | undefined
  private readonly nodes: Json[] = []

  constructor(root: unknown, fileOf: (name: string) => Uint8Array | undefined) {
    this.root = root
    this.fileOf = fileOf
    const left: unknown[] = [root]
    while (left.length > 0) {
      const next = left.pop()
      if (typeof next !== 'object' || next === null) continue
      for (const inner of Object.values(next)) if (typeof inner === 'object') left.push(inner)
      if (isNode(next) && '__class__' in next) this.nodes.push(next)
    }
  }

  /** Every class and function that the tree names. */
  globals(): readonly PythonGlobal[] {
    const found = this.nodes.map(globalOf).map((one) => [`${one.module}.${one.name}`, one] as const)
    return [...new Map(found).values()]
  }

  value(): PythonValue {
    return this.read(this.root, 0)
  }

  private read(node: unknown, level: number): PythonValue {
    if (!isNode(node) || level > deepest) return opaque
    const { content } = node
    const items = () => (Array.isArray(content) ? content.map((item) => this.read(item, level + 1)) : [])
    switch (node.__loader__) {
      case 'JsonNode':
        return bareValue(content)
      case 'ListNode':
        return { kind: 'list', items: items() }
      case 'TupleNode':
        return { kind: 'tuple', items: items() }
      case 'DictNode':
        return this.dict(content, level)
      case 'ObjectNode':
        return {
          kind: 'object',
          callee: globalOf(node),
          args: null,
          items: [],
          state: this.read(content, level + 1),
        }
      case 'NdArrayNode':
        return this.array(node, items) ?? opaque
      case 'TypeNode':
      case 'FunctionNode':
        return globalOf(node)
      default:
        return opaque
    }
  }

  private dict(content: unknown, level: number): PythonValue {
    const entries = isNode(content) ? Object.entries(content) : []
    return { kind: 'dict', entries: entries.flatMap(([key, inner]) => [key, this.read(inner, level + 1)]) }
  }

  private array(node: Json, items: () => PythonValue[]): PythonArray | undefined {
    if (node.type === 'json') {
      const found = items()
      return { kind: 'array', dtype: 'O8', shape: [found.length], items: found }
    }
    const header = typeof node.file === 'string' ? this.fileOf(node.file) : undefined
    return header === undefined ? undefined : headOf(header)
  }
}

/** Type and shape of an `.npy` file (numpy.lib.format: a dict as Python writes it), by its first bytes. */
function headOf(bytes: Uint8Array): PythonArray | undefined {
  const text = new TextDecoder().decode(bytes.subarray(6))
  const dtype = /'descr': '[<>|=]?([a-zA-Z]\d{1,9})'/.exec(text)?.[1]
  const shape = /'shape': \(([\d, ]{0,100})\)/.exec(text)?.[1]
  if (dtype === undefined || shape === undefined) return undefined
  const sizes = shape.split(',').filter((size) => size.trim() !== '')
  return { kind: 'array', dtype, shape: sizes.map(Number) }
}

function bareValue(content: unknown): PythonValue {
  if (typeof content !== 'string') return opaque
  try {
    const value: unknown = JSON.parse(content)
    return typeof value === 'object' && value !== null ? opaque : (value as PythonValue)
  } catch {
    return opaque
  }
}

function globalOf(node: Json): PythonGlobal {
  const text = (value: unknown) => (typeof value === 'string' ? value : '?')
  return { kind: 'global', module: text(node.__module__), name: text(node.__class__) }
}
