import { fieldSchema, type JsonSchema, recordSchema } from './record-schema.ts'
import { rowInput, type Signature } from './signature.ts'

/**
 * The schema of a JSON body, in every form that is read: one record, a list of them, and the wrappers that other
 * servers know. A wrapper whose name is that of an input is that input.
 * @param record the schema of one record, or a reference to it
 */
export function requestSchema(signature: Signature, record: JsonSchema): JsonSchema {
  const list = { type: 'array', minItems: 1, items: record }
  // A single row may stand where a list of records does.
  const records = rowInput(signature) === undefined ? list : { anyOf: [list, record] }
  const named = new Set(signature.inputs.map(({ name }) => name))
  const wrapped = Object.entries({
    instances: records,
    inputs: { anyOf: [records, columnsSchema(signature)] },
    dataframe_split: splitSchema(signature, list),
    dataframe_records: records,
  }).flatMap(([name, content]) => (named.has(name) ? [] : [wrapper(name, content)]))
  return { anyOf: [record, list, ...wrapped] }
}

function wrapper(name: string, content: JsonSchema): JsonSchema {
  return {
    type: 'object',
    required: [name],
    // What MLflow's clients send beside the records is taken, and does nothing.
    properties: { [name]: content, params: {} },
    additionalProperties: false,
  }
}

/** One list a column, all as long as one another, which no schema can say. */
function columnsSchema(signature: Signature): JsonSchema {
  const columns = signature.inputs.map((field) => [
    field.name,
    { type: 'array', minItems: 1, items: fieldSchema(field) },
  ])
  return { ...recordSchema(signature), properties: Object.fromEntries(columns) }
}

/** As pandas writes a data frame with `orient='split'`. */
function splitSchema(signature: Signature, list: JsonSchema): JsonSchema {
  if (rowInput(signature) !== undefined)
    return {
      type: 'object',
      required: ['data'],
      properties: { columns: { type: 'array', items: { type: 'string' } }, data: list },
    }
  const width = signature.inputs.length
  const cells = new Map(
    signature.inputs.map((field) => [JSON.stringify(fieldSchema(field)), fieldSchema(field)]),
  )
  const [cell, ...others] = cells.values()
  const sized = { minItems: width, maxItems: width }
  const names = { enum: signature.inputs.map(({ name }) => name) }
  const row = { type: 'array', ...sized, items: others.length === 0 ? cell : { anyOf: [cell, ...others] } }
  return {
    type: 'object',
    required: ['columns', 'data'],
    properties: {
      columns: { type: 'array', ...sized, uniqueItems: true, items: { type: 'string', ...names } },
      data: { type: 'array', minItems: 1, items: row },
    },
  }
}
