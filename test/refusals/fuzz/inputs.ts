import { writeNpy } from '../../../lib/rules/npy.ts'
import { type Chance, evilTokens, mutated, mutatedBytes } from './mutations.ts'

/** Something to do to a platform over HTTP, as it goes over the wire. */
export interface WireInput {
  readonly kind: 'path' | 'body'
  readonly bytes: Uint8Array
}

const manifests = [
  '',
  'model: churn\nversion: 1.4.0\nruntime: onnx\n',
  'host: {kind: lambda, memoryMb: 2048, timeoutSeconds: 28, architecture: arm64, maxConcurrency: 3}\n',
  'signature:\n  inputs: [{name: x, type: float32, shape: [30, null]}, {name: plan, type: string, values: [a, b]}]\n  outputs: [{name: y, type: float64}]\n',
  'examples:\n  - {request: examples/one.json, expect: examples/one.expected.json, tolerance: 1e-5}\n',
  'release:\n  alias: live\n  approval: required\n  rollout: {kind: canary, steps: [{weightPercent: 10, bakeTimeSeconds: 600}, {weightPercent: 50, bakeTimeSeconds: 60}]}\n  limits: {maxErrorRatePercent: 1, maxLatencyP95Ratio: 1.5, minRequests: 5}\n',
  'release: {rollout: {kind: linear, stepPercent: 20, bakeTimeSeconds: 60}, replay: {last: 5}, compatibility: full}\n',
  'capture: {samplePercent: 5}\ndrift: {everyMinutes: 60}\nsource: {git: 3f2c, author: ada, metrics: {auc: 0.91, f1: 0.8}}\n',
  `files:\n  - {path: model.onnx, size: 12, sha256: ${'ab'.repeat(32)}}\n`,
  '# a comment\nmodel: churn # and another\nsource:\n  dataset: |\n    many\n    lines\n',
]

/** A manifest: one or two good ones, changed. */
export function manifestInput(chance: Chance): string {
  const text =
    chance.below(3) === 0 ? chance.pick(manifests) + chance.pick(manifests) : chance.pick(manifests)
  return mutated(text, chance)
}

const paths = [
  '/health',
  '/models',
  '/models/alpha',
  '/models/alpha/invocations',
  '/models/alpha/aliases/live/invocations',
  '/models/alpha/versions/1.0.0/invocations',
  '/models/alpha/versions/^1.0/invocations',
  '/models/alpha/versions',
  '/models/alpha/versions/1.0.0/openapi.json',
  '/models/alpha/history?at=2026-03-01T10:00:00Z',
  '/models/alpha/operations',
  '/models/alpha/promotions',
  '/models/alpha/rollbacks',
  '/models/alpha/retirements',
  '/operations/release-0123456789abcdef',
]
const methods = ['GET', 'POST', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE']
/** What a request line can carry: the rest is refused before a path is read, and tried by `slow-clients.test.ts`. */
const unlined = /[^\x21-\x7e]/g

/** A request line with a path that was changed; its body is none that moves anything. */
export function pathInput(chance: Chance): WireInput {
  const path = `/${mutated(chance.pick(paths), chance).replace(/^\//, '')}`
  const plain = path.replace(unlined, (c) => (chance.below(2) === 0 ? '' : encoded(c))).slice(0, 6000)
  const body = '{"x": 1, "reason": ""}'
  const head = `${chance.pick(methods)} ${plain} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  return { kind: 'path', bytes: Buffer.from(head + body) }
}

function encoded(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

const ofModel = {
  alpha: ['{"x": 1}', '[1, 2, 3]', '{"instances": [{"x": 1}]}', '{"inputs": {"x": [1, 2]}}'],
  churn: [
    '{"tenure": 1, "plan": "gold", "visits": 2}',
    '[{"tenure": 1, "plan": "gold", "visits": 2}, {"tenure": 2, "plan": "", "visits": -3}]',
    '{"dataframe_split": {"columns": ["tenure", "plan", "visits"], "data": [[1, "a", 2]]}}',
    '{"dataframe_records": [{"tenure": 1, "plan": "a", "visits": 2}]}',
    '{"inputs": {"tenure": [1], "plan": ["a"], "visits": [2]}}',
  ],
  image: ['[[1, 2], [3, 4]]', '[[[1, 2], [3, 4]]]', '{"pixels": [[1, 2], [3, 4]]}'],
  tokens: ['{"ids": [[1, 2], [3, 4]]}', '[[[1, 2]], [[3, 4]]]'],
} as const
const csv = {
  alpha: 'x\n1\n2\n',
  churn: 'tenure,plan,visits\n1,gold,2\n2,"a ""b""",3\n',
  image: '1,2,3,4\n',
  tokens: '1,2\n',
}
const headers = [
  '',
  'Accept: text/csv\r\n',
  'Accept: application/x-npy\r\n',
  'Accept: */*;q=0.1\r\n',
  'Model-Affinity: \u00e9\r\n',
  'X-Request-Id: ../x\r\n',
]
const models = ['alpha', 'churn', 'image', 'tokens'] as const

/** A body in one of the content types, or in none, changed; sent to a prediction or to a move that must not happen. */
export function bodyInput(chance: Chance): WireInput {
  const model = chance.pick(models)
  const kind = chance.below(12)
  if (kind === 0)
    return request(
      '/models/alpha/promotions',
      'application/json',
      mutated(
        '{"version": "9.9.9", "alias": "live", "rollout": "canary:10%/600s", "reason": "better"}',
        chance,
      ),
      chance,
    )
  if (kind === 1)
    return request(
      '/models/alpha/rollbacks',
      'application/json',
      mutated('{"to": "9.9.9", "reason": "worse"}', chance),
      chance,
    )
  const path = `/models/${model}/invocations`
  if (kind < 6) return request(path, 'application/json', mutated(chance.pick(ofModel[model]), chance), chance)
  if (kind < 8) return request(path, 'text/csv', mutated(csv[model], chance), chance)
  if (kind === 8)
    return request(path, 'application/jsonlines', mutated(ofModel[model].join('\n'), chance), chance)
  if (kind === 9)
    return request(path, 'application/x-npy', mutatedBytes(npyFor(model, chance), chance), chance)
  if (kind === 10)
    return request(
      path,
      mutated(
        chance.pick(['application/json; charset=utf-8', 'text/csv', 'multipart/form-data; boundary=x']),
        chance,
      ),
      chance.pick(ofModel[model]),
      chance,
    )
  return request(
    path,
    chance.pick(['application/json', 'text/csv', 'application/jsonlines', 'application/x-npy']),
    noise(chance),
    chance,
  )
}

function npyFor(model: (typeof models)[number], chance: Chance): Uint8Array {
  const size = 1 + chance.below(6)
  const shape = model === 'image' || model === 'tokens' ? [size, 2, 2] : [size]
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => chance.below(100))
  return writeNpy({ shape, values })
}

function noise(chance: Chance): Uint8Array {
  return chance.below(2) === 0
    ? Uint8Array.from({ length: chance.below(200) }, () => chance.below(256))
    : Buffer.from(Array.from({ length: chance.below(40) }, () => chance.pick(evilTokens)).join(''))
}

function request(path: string, type: string, body: string | Uint8Array, chance: Chance): WireInput {
  const bytes = Buffer.from(body as string)
  const mediaType = type.replace(/[^\x20-\x7e]/g, '').slice(0, 500)
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${mediaType}\r\n${chance.pick(headers)}Content-Length: ${bytes.length}\r\n\r\n`
  return { kind: 'body', bytes: Buffer.concat([Buffer.from(head), bytes]) }
}
