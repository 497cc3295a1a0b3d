import type { ElementType, Field, Signature } from './signature.ts'

/** A JSON Schema (draft 2020-12 keywords only): what the OpenAPI document publishes is what requests are held to. */
export type JsonSchema = { readonly [keyword: string]: unknown }

const safe = Number.MAX_SAFE_INTEGER
const integerRange: Partial<Record<ElementType, readonly [number, number]>> = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-safe, safe],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, safe],
}
/** The largest finite float32: 2^128 - 2^104 (IEEE 754 binary32). */
const largestFloat32 = 2 ** 128 - 2 ** 104

/** The schema of one bare element. */
function elementSchema({ type, values }: Field): JsonSchema {
  if (type === 'string') return values === undefined ? { type: 'string' } : { type: 'string', enum: values }
  if (type === 'boolean') return { type: 'boolean' }
  if (type === 'float64') return { type: 'number' }
  if (type === 'float32') return { type: 'number', minimum: -largestFloat32, maximum: largestFloat32 }
  const [minimum, maximum] = integerRange[type] ?? [-safe, safe]
  return { type: 'integer', minimum, maximum }
}

/** The schema of one record's value for a field: arrays nested as its shape says. */
export function fieldSchema(field: Field): JsonSchema {
  return field.shape.reduceRight<JsonSchema>(
    (items, size) => ({ type: 'array', items, ...(size !== null && { minItems: size, maxItems: size }) }),
    elementSchema(field),
  )
}

/** The schema of one record as an object by input name: every input required, nothing else allowed. */
export function recordSchema(signature: Signature): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(signature.inputs.map((field) => [field.name, fieldSchema(field)])),
    required: signature.inputs.map(({ name }) => name),
    additionalProperties: false,
  }
}

/** The schema of one record as users may write it: a model with one input takes its bare value too. */
export function writtenRecordSchema(signature: Signature): JsonSchema {
  const [only] = signature.inputs
  return signature.inputs.length === 1 && only !== undefined
    ? { anyOf: [fieldSchema(only), recordSchema(signature)] }
    : recordSchema(signature)
}

/** The schema of one prediction: the bare value of a single output, an object by output name of several. */
export function predictionSchema(signature: Signature): JsonSchema {
  const [only] = signature.outputs
  if (signature.outputs.length === 1 && only !== undefined) return fieldSchema(only)
  return {
    type: 'object',
    properties: Object.fromEntries(signature.outputs.map((field) => [field.name, fieldSchema(field)])),
    required: signature.outputs.map(({ name }) => name),
  }
}
