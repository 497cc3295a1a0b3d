import { type ProblemCode, problemType } from './problem.ts'
import { problemPages } from './problem-pages.ts'

/** What a call for predictions may be refused with, whatever of a model it names. */
const dataPathCodes = [
  'path-malformed',
  'body-malformed',
  'http-malformed',
  'not-signed-in',
  'scope-missing',
  'access-refused',
  'host-refused',
  'model-unknown',
  'version-unknown',
  'alias-unknown',
  'range-unresolved',
  'not-acceptable',
  'request-timeout',
  'version-not-ready',
  'version-retired',
  'body-too-large',
  'answer-too-large',
  'content-type-unknown',
  'expectation-failed',
  'request-invalid',
  'model-busy',
  'gateway-busy',
  'headers-too-large',
  'platform-fault',
  'model-failed',
  'endpoint-unavailable',
  'version-waking',
  'issuer-unreachable',
  'model-timeout',
] as const satisfies readonly ProblemCode[]

const byStatus = new Map<number, ProblemCode[]>()
for (const code of dataPathCodes) {
  const { status } = problemPages[code]
  byStatus.set(status, [...(byStatus.get(status) ?? []), code])
}
const statuses = [...byStatus].toSorted(([a], [b]) => a - b)

/** Statuses that the gateway of AWS answers with by itself, in a form of its own. */
const gatewaysOwn = new Set([401, 403, 413, 429, 503])

/** The references to `problemResponses`, by status, with one for what nobody foresaw. */
export const problemReferences: Readonly<Record<string, object>> = Object.fromEntries(
  [...statuses.map(([status]) => `${status}`), 'default'].map((status) => [
    status,
    { $ref: `#/components/responses/${responseName(status)}` },
  ]),
)

/** Every problem of the data path by its status. @param deployed whether the gateway of AWS stands before it */
export function problemResponses(deployed: boolean): Readonly<Record<string, object>> {
  const responses = statuses.map(([status, codes]) => [
    responseName(`${status}`),
    responseOf(status, codes, deployed),
  ])
  return {
    ...Object.fromEntries(responses),
    [responseName('default')]: { description: 'A problem.', content: problemContent(problem) },
  }
}

function responseName(status: string): string {
  return status === 'default' ? 'Problem' : `Problem${status}`
}

const problem = { $ref: '#/components/schemas/Problem' }

function problemContent(schema: object, examples?: object) {
  return { 'application/problem+json': { schema, ...(examples !== undefined && { examples }) } }
}

function responseOf(status: number, codes: readonly ProblemCode[], deployed: boolean) {
  const schema = {
    allOf: [problem, { type: 'object', properties: { code: { type: 'string', enum: codes } } }],
  }
  const again = status === 429 || status === 503
  return {
    description: codes
      .map((code) => `${problemPages[code].title} (\`${code}\`): ${problemPages[code].mend}`)
      .join('\n\n'),
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
      ...(again && { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }),
      ...(status === 401 && { 'WWW-Authenticate': { schema: { type: 'string' } } }),
    },
    content: {
      ...problemContent(
        schema,
        Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code) }])),
      ),
      ...(deployed &&
        gatewaysOwn.has(status) && {
          'application/json': { schema: { $ref: '#/components/schemas/GatewayError' } },
        }),
    },
  }
}

function exampleProblem(code: ProblemCode) {
  const { title, status, cause } = problemPages[code]
  const detail = cause.split('. ')[0] ?? title
  const requestId = '7d9f2b0c-1f3a-4c55-9a57-0f6f1f6a2d11'
  return { type: problemType(code), title, status, detail, code, requestId, errors: [], error: detail }
}

/** RFC 9457, with what every problem here has besides. */
export const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', description: '`urn:sluice:problem:` and the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was found, what is allowed, what to do.' },
    instance: { type: 'string', description: 'The path that was asked for.' },
    code: { type: 'string', description: 'Never renamed: decide by it.' },
    requestId: { type: 'string' },
    error: { type: 'string', description: 'The detail once more, for clients that look for it here.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'found', 'allowed'],
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) into what was sent.' },
          found: { type: 'string' },
          allowed: { type: 'string' },
          line: { type: 'integer' },
          column: { type: 'integer' },
        },
      },
    },
  },
}

/** What the gateway of AWS says by itself. */
export const gatewayErrorSchema = { type: 'object', properties: { message: { type: 'string' } } }
