import { z } from 'zod'
import type { ElementType, Field, Signature } from '../signature.ts'

/** What of an `MLmodel` is its signature: two lists, each written as JSON inside the YAML. */
const written = z.looseObject({ inputs: z.string().nullish(), outputs: z.string().nullish() })

const column = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  required: z.boolean().optional(),
})
const tensor = z.looseObject({
  type: z.literal('tensor'),
  name: z.string().optional(),
  'tensor-spec': z.object({ dtype: z.string(), shape: z.array(z.int()) }),
})
const sideOf = z.array(z.union([tensor, column])).min(1)

/** MLflow's types of columns (mlflow.types.DataType), where we have the same. */
const columnTypes: Readonly<Record<string, ElementType>> = {
  boolean: 'boolean',
  integer: 'int32',
  long: 'int64',
  float: 'float32',
  double: 'float64',
  string: 'string',
}

/** NumPy's names of types that are not ours: text of any width is `str` or `object`. */
const tensorTypes: Readonly<Record<string, ElementType>> = {
  bool: 'boolean',
  str: 'string',
  object: 'string',
  ...Object.fromEntries(
    (
      [
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
      ] as const
    ).map((type) => [type, type]),
  ),
}

/**
 * The signature that MLflow has written down, in our words: a column is a bare value of one record, and the first
 * length of a tensor is that of the batch. What has no name is called `input` or `output`.
 * @param signature the member `signature` of an `MLmodel`
 * @param answer what a single output without a name is called
 * @returns what keeps it from being known, where it says too little or what we cannot say
 */
export function mlflowSignature(
  signature: unknown,
  answer = 'output',
): Signature | { readonly unknown: string } {
  const { inputs, outputs } = written.safeParse(signature).data ?? {}
  if (inputs == null || outputs == null) return { unknown: 'MLmodel has no signature of inputs and outputs' }
  const sides = { inputs: fieldsOf(inputs, 'input'), outputs: fieldsOf(outputs, 'output', answer) }
  if (typeof sides.inputs === 'string') return { unknown: sides.inputs }
  if (typeof sides.outputs === 'string') return { unknown: sides.outputs }
  return { inputs: sides.inputs, outputs: sides.outputs }
}

/** @returns a sentence where a field cannot be said in our words */
function fieldsOf(text: string, side: 'input' | 'output', alone: string = side): Field[] | string {
  const specs = specsIn(text)
  if (specs === undefined) return `MLmodel writes its ${side}s in a form that is not known`
  const fields: Field[] = []
  for (const [i, spec] of specs.entries()) {
    const name = spec.name ?? (specs.length === 1 ? alone : `${side}_${i}`)
    const field =
      'tensor-spec' in spec ? tensorField(name, spec as z.output<typeof tensor>) : columnField(name, spec)
    if (typeof field === 'string') return field
    fields.push(field)
  }
  return fields
}

function columnField(name: string, { type, required }: z.output<typeof column>): Field | string {
  const known = Object.hasOwn(columnTypes, type) ? columnTypes[type] : undefined
  if (known === undefined) return `MLmodel says that ${name} is of the type ${type}`
  if (required === false) return `MLmodel says that ${name} may be left out`
  return { name, type: known, shape: [] }
}

function tensorField(name: string, { 'tensor-spec': spec }: z.output<typeof tensor>): Field | string {
  const { dtype, shape } = spec
  const known = Object.hasOwn(tensorTypes, dtype) ? tensorTypes[dtype] : undefined
  if (known === undefined) return `MLmodel says that ${name} is a tensor of ${dtype}`
  if (shape[0] !== -1)
    return `MLmodel says that ${name} has the shape (${shape.join(', ')}), which is no batch of records`
  return { name, type: known, shape: shape.slice(1).map((size) => (size === -1 ? null : size)) }
}

function specsIn(text: string): z.output<typeof sideOf> | undefined {
  try {
    return sideOf.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
