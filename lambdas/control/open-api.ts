import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { predictionSchema, writtenRecordSchema } from '../../lib/rules/record-schema.ts'
import { refuseUnlessReady } from '../moves.ts'

/** OpenAPI 3.1 for one version: the schema that it publishes is the one that requests are held to. */
export function openApiDocument(found: VersionRecord) {
  const { model, version, signature } = refuseUnlessReady(found.model, found.version, found)
  const record = signature === undefined ? {} : writtenRecordSchema(signature)
  const prediction = signature === undefined ? {} : predictionSchema(signature)
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return {
    openapi: '3.1.0',
    info: { title: model, version },
    paths: {
      [`/models/${model}/versions/${version}/invocations`]: {
        post: {
          operationId: 'predict',
          summary: `Predictions by ${model} ${version}`,
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  anyOf: [
                    { $ref: '#/components/schemas/Record' },
                    { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/Record' } },
                    wrapped('instances'),
                  ],
                },
              },
            },
          },
          responses: {
            200: {
              description: 'One prediction a record.',
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    required: ['predictions'],
                    properties: {
                      predictions: { type: 'array', items: { $ref: '#/components/schemas/Prediction' } },
                    },
                  },
                },
              },
            },
            422: { description: 'A record does not fit the signature.', content: problem },
            default: { description: 'A problem.', content: problem },
          },
        },
      },
    },
    components: { schemas: { Record: record, Prediction: prediction, Problem: problemSchema } },
  }
}

function wrapped(name: string) {
  const items = { $ref: '#/components/schemas/Record' }
  return { type: 'object', required: [name], properties: { [name]: { type: 'array', minItems: 1, items } } }
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
    error: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { pointer: { type: 'string' }, found: { type: 'string' }, allowed: { type: 'string' } },
      },
    },
  },
}
