import { type Finding, Problem } from './problem.ts'

/** The element types a signature may name. 64-bit integers travel as JSON numbers within ±(2^53 - 1). */
export const elementTypes = [
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'boolean',
  'string',
] as const
export type ElementType = (typeof elementTypes)[number]

/** One named input or output. */
export interface Field {
  readonly name: string
  readonly type: ElementType
  /** The shape of ONE record's value: [] is a bare value, [30] a row of 30, null a length that is free. */
  readonly shape: readonly (number | null)[]
  /** Where only some strings are allowed. */
  readonly values?: readonly string[] | undefined
}

/** Names, types and shapes of a version's inputs and outputs, for one record. */
export interface Signature {
  readonly inputs: readonly Field[]
  readonly outputs: readonly Field[]
}

/** A model with one tensor input takes a record as its row; every other takes an object by input name. */
export function rowInput(signature: Signature): Field | undefined {
  const [only] = signature.inputs
  return signature.inputs.length === 1 && only !== undefined && only.shape.length > 0 ? only : undefined
}

/** `tenure: float32, image: uint8[224, 224, 3]`, as a person reads it. */
export function describeFields(fields: readonly Field[]): string {
  return fields
    .map(({ name, type, shape }) => {
      const dims = shape.length === 0 ? '' : `[${shape.map((size) => size ?? '?').join(', ')}]`
      return `${name}: ${type}${dims}`
    })
    .join(', ')
}

/**
 * The signature of a version whose artifact carries one and whose manifest may declare one: the manifest may add
 * allowed values, and must otherwise say the same. @throws Problem `signature-differs` with every difference
 */
export function agreedSignature(read: Signature, declared: Signature | undefined): Signature {
  if (declared === undefined) return read
  const errors = (['inputs', 'outputs'] as const).flatMap((side) =>
    differences(side, read[side], declared[side]),
  )
  if (errors.length > 0)
    throw new Problem(
      'signature-differs',
      'the manifest declares another signature than the artifact carries',
      errors,
    )
  const values = new Map(declared.inputs.map((field) => [field.name, field.values]))
  return {
    ...read,
    inputs: read.inputs.map((field) => ({ ...field, values: values.get(field.name) ?? field.values })),
  }
}

function differences(side: string, read: readonly Field[], declared: readonly Field[]): Finding[] {
  const known = new Map(read.map((field) => [field.name, field]))
  const wrong = declared.flatMap((field, i) => {
    const truth = known.get(field.name)
    const allowed = truth === undefined ? describeFields(read) : describeFields([truth])
    const found = describeFields([field])
    return truth !== undefined && found === allowed
      ? []
      : [{ pointer: `/signature/${side}/${i}`, found, allowed }]
  })
  const named = new Set(declared.map(({ name }) => name))
  const missing = read
    .filter(({ name }) => !named.has(name))
    .map((field) => ({ pointer: `/signature/${side}`, found: 'nothing', allowed: describeFields([field]) }))
  return [...wrong, ...missing]
}

/**
 * A signature read off golden requests and answers, for artifacts that carry none: numbers are float64, arrays of
 * equal lengths have a shape. @throws Problem `signature-unknown` where the examples disagree
 */
export function signatureFromExamples(
  requests: readonly unknown[],
  predictions: readonly unknown[],
): Signature {
  return {
    inputs: fieldsOf(requests, 'input'),
    outputs: fieldsOf(predictions, 'prediction'),
  }
}

function fieldsOf(records: readonly unknown[], bareName: string): Field[] {
  const [first] = records
  if (first === undefined) throw unknownSignature('there is no example to read it from')
  const named = (record: unknown): record is Record<string, unknown> =>
    typeof record === 'object' && record !== null && !Array.isArray(record)
  if (!named(first)) return [fieldOf(bareName, records)]
  const names = new Set(records.flatMap((record) => (named(record) ? Object.keys(record) : [])))
  return [...names].map((name) =>
    fieldOf(
      name,
      records.map((record) => (named(record) ? record[name] : undefined)),
    ),
  )
}

function fieldOf(name: string, values: readonly unknown[]): Field {
  const kinds = new Set(values.map((value) => JSON.stringify(kindOf(value))))
  const [kind] = kinds
  if (kind === undefined || kinds.size > 1) throw unknownSignature(`the examples disagree about '${name}'`)
  return { name, ...(JSON.parse(kind) as Pick<Field, 'type' | 'shape'>) }
}

function kindOf(value: unknown): Pick<Field, 'type' | 'shape'> {
  if (typeof value === 'number') return { type: 'float64', shape: [] }
  if (typeof value === 'boolean') return { type: 'boolean', shape: [] }
  if (typeof value === 'string') return { type: 'string', shape: [] }
  if (Array.isArray(value) && value.length > 0) {
    const [inner, ...others] = value.map(kindOf)
    const same = others.every((other) => JSON.stringify(other) === JSON.stringify(inner))
    if (inner !== undefined && same) return { type: inner.type, shape: [value.length, ...inner.shape] }
  }
  throw unknownSignature(
    'an example holds a value that is no number, string, boolean or regular array of them',
  )
}

function unknownSignature(reason: string): Problem {
  return new Problem(
    'signature-unknown',
    `the signature cannot be read from the examples: ${reason}; write it in model.yaml`,
  )
}
