import { answerTypes } from './answer-body.ts'
import { problemReferences } from './open-api-problems.ts'
import { type JsonSchema, predictionSchema, writtenRecordSchema } from './record-schema.ts'
import { requestSchema } from './request-schema.ts'
import type { Field, Signature } from './signature.ts'
import { type CallExample, csvExample, exampleOf, fitsCsv } from './signature-example.ts'

/** The contract of one signature, as named schemas of a document. */
export interface CallSchemas {
  readonly signature: Signature | undefined
  /** Behind each name. */
  readonly suffix: string
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

/** @param suffix tells the names of this contract from those of another in the same document */
export function callSchemas(signature: Signature | undefined, suffix: string): CallSchemas {
  const record = { $ref: `#/components/schemas/InputRecord${suffix}` }
  const prediction = { $ref: `#/components/schemas/Prediction${suffix}` }
  const schemas = {
    [`InputRecord${suffix}`]: signature === undefined ? {} : writtenRecordSchema(signature),
    [`PredictionRequest${suffix}`]: signature === undefined ? {} : requestSchema(signature, record),
    [`Prediction${suffix}`]: signature === undefined ? {} : predictionSchema(signature),
    [`Predictions${suffix}`]: {
      type: 'object',
      required: ['predictions'],
      properties: { predictions: { type: 'array', items: prediction } },
    },
  }
  return { signature, suffix, schemas }
}

/** What is sent to a path and what comes back. */
export function invocation(
  { signature, suffix }: CallSchemas,
  { sample }: { readonly sample?: CallExample },
) {
  const example = sample ?? (signature && exampleOf(signature))
  const examples = (value: unknown) => ({
    examples: { [sample === undefined ? 'formed' : 'recorded']: { value } },
  })
  const ref = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}${suffix}` } })
  return {
    parameters: ['ModelAffinity', 'RequestId'].map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: {
      required: true,
      content: {
        'application/json': { ...ref('PredictionRequest'), ...(example && examples(example.request)) },
        ...(signature && textRequests(signature)),
      },
    },
    responses: {
      200: {
        description: 'One prediction a record, in their order.',
        headers: Object.fromEntries(
          answerHeaderNames.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
        ),
        content: {
          'application/json': { ...ref('Predictions'), ...(example && examples(example.answer)) },
          ...(signature && textAnswers(signature)),
        },
      },
      ...problemReferences,
    },
  }
}

const answerHeaderNames = [
  'Model-Name',
  'Model-Version',
  'Model-Digest',
  'Model-Variant',
  'X-Request-Id',
  'Server-Timing',
  'Deprecation',
  'Sunset',
  'Link',
]

const text = (description: string, example?: string) => ({
  schema: { type: 'string', description },
  ...(example !== undefined && { examples: { formed: { value: example } } }),
})

function textRequests(signature: Signature) {
  const records = exampleOf(signature)?.request as readonly unknown[] | undefined
  const lines = records?.map((record) => `${JSON.stringify(record)}\n`).join('')
  const csv = text('A header with the names of the inputs, then a row a record.', csvExample(signature))
  return {
    ...(fitsCsv(signature) && { 'text/csv': csv }),
    'application/jsonlines': text('A record a line.', lines),
    'application/x-ndjson': text('A record a line.', lines),
    // Bytes as they are have no schema in OpenAPI 3.1.
    ...(signature.inputs.every(isNumber) && { 'application/x-npy': {} }),
  }
}

function textAnswers(signature: Signature) {
  const [only] = signature.outputs
  const bare = signature.outputs.length === 1 && only !== undefined
  const [, csv, lines, npy] = answerTypes
  return {
    [csv]: text('A row a prediction, under their names where they have some.'),
    [lines]: text('A prediction a line.'),
    ...(bare && isNumber(only) && only.shape.length < 2 && { [npy]: {} }),
  }
}

function isNumber({ type }: Field): boolean {
  return type !== 'string' && type !== 'boolean'
}
