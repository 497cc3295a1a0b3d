import { answerTypes } from './answer-body.ts'
import { problemReferences } from './open-api-problems.ts'
import { type JsonSchema, predictionSchema, writtenRecordSchema } from './record-schema.ts'
import { requestSchema } from './request-schema.ts'
import type { Field, Signature } from './signature.ts'
import { type CallExample, csvExample, exampleOf, fitsCsv } from './signature-example.ts'

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

const callParameters = ['ModelAffinity', 'RequestId'].map((name) => ({
  $ref: `#/components/parameters/${name}`,
}))
const callHeaders = Object.fromEntries(
  answerHeaderNames.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
)

/** The contract of one signature, as named schemas of a document. */
export interface CallSchemas {
  readonly signature: Signature | undefined
  /** Behind each name. */
  readonly suffix: string
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

/** @param suffix tells the names of this contract from those of another in the same document */
export function callSchemas(signature: Signature | undefined, suffix: string): CallSchemas {
  if (signature === undefined) return { signature, suffix, schemas: {} }
  const record = { $ref: `#/components/schemas/InputRecord${suffix}` }
  const prediction = { $ref: `#/components/schemas/Prediction${suffix}` }
  const schemas = {
    [`InputRecord${suffix}`]: writtenRecordSchema(signature),
    [`PredictionRequest${suffix}`]: requestSchema(signature, record),
    [`Prediction${suffix}`]: predictionSchema(signature),
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
  if (signature === undefined) return opaqueInvocation(sample)
  const example = sample ?? exampleOf(signature)
  const examples = (value: unknown) => ({
    examples: { [sample === undefined ? 'formed' : 'recorded']: { value } },
  })
  const ref = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}${suffix}` } })
  return {
    parameters: callParameters,
    requestBody: {
      required: true,
      content: {
        'application/json': { ...ref('PredictionRequest'), ...(example && examples(example.request)) },
        ...textRequests(signature),
      },
    },
    responses: {
      200: {
        description: 'One prediction a record, in their order.',
        headers: callHeaders,
        content: {
          'application/json': { ...ref('Predictions'), ...(example && examples(example.answer)) },
          ...textAnswers(signature),
        },
      },
      ...problemReferences,
    },
  }
}

/** A version that says nothing of what it takes: bodies are its server's, both ways. */
function opaqueInvocation(sample: CallExample | undefined) {
  const json = (value: unknown) => ({
    ...(sample !== undefined && { 'application/json': { examples: { recorded: { value } } } }),
  })
  return {
    parameters: callParameters,
    requestBody: { required: true, content: { ...json(sample?.request), '*/*': {} } },
    responses: {
      200: {
        description: 'Whatever its server answers.',
        headers: callHeaders,
        content: { ...json(sample?.answer), '*/*': {} },
      },
      ...problemReferences,
    },
  }
}

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
