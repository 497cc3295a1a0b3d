import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { defaultThresholds } from '../../lib/rules/drift/thresholds.ts'
import { manifestJsonSchema, manifestSchema } from '../../lib/rules/manifest.ts'

const { minRows, ...thresholds } = defaultThresholds

/** Every section, most fields, as an author would write them. */
const whole = {
  model: 'churn',
  version: '1.4.0',
  runtime: 'python',
  image: 'ghcr.io/team/churn:1.4.0',
  container: {
    startCommand: ['serve'],
    serverPort: 5000,
    predictEndpoint: '/predictions',
    readinessEndpoint: '/health',
  },
  host: { kind: 'sagemaker', memoryMb: 4096, timeoutSeconds: 30, architecture: 'x86_64', instanceCount: 2 },
  signature: {
    inputs: [
      { name: 'tenure', type: 'float32' },
      { name: 'image', type: 'uint8', shape: [224, null, 3] },
      { name: 'plan', type: 'string', values: ['a', 'b'] },
    ],
    outputs: [{ name: 'churn_probability', type: 'float64' }],
  },
  examples: [{ request: 'examples/one.json', expect: 'examples/one.expected.json', tolerance: 0 }],
  unsafePickle: false,
  release: {
    alias: 'staging',
    approval: 'required',
    rollout: { kind: 'linear', stepPercent: 20, bakeTimeSeconds: 0 },
    limits: { maxErrorRatePercent: 0, maxLatencyP95Ratio: 2, minRequests: 1 },
    compatibility: 'full',
    replay: { last: 0, minAgreementPercent: 95, tolerance: 0.01, minRows: 0 },
  },
  capture: { samplePercent: 0, mask: ['plan'], hash: ['image'], retentionDays: 1 },
  drift: {
    ...{ everyMinutes: 5, learnFrom: 10, minRows: 20, raiseAfter: 1, clearAfter: 1 },
    thresholds: { ...thresholds, significance: 0.01, missing: 0 },
    onDrift: { webhook: 'https://example.com/drift', rollback: true, retrain: 'http://127.0.0.1:9/' },
  },
  source: { git: '3f2c', dataset: 's3://bucket/key', metrics: { auc: 0.91 } },
  files: [{ path: 'model.onnx', size: 0, sha256: 'a'.repeat(64) }],
}

const defaults = {
  host: { kind: 'lambda', memoryMb: 2048, timeoutSeconds: 28 },
  examples: [],
  capture: { samplePercent: 0, mask: [], hash: [], retentionDays: 30 },
  drift: {
    ...{ everyMinutes: 60, learnFrom: 1000, minRows, raiseAfter: 2, clearAfter: 3 },
    ...{ thresholds, onDrift: { rollback: false } },
  },
  files: [],
}

/** The manifest with one value at a path changed; undefined takes the key away. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(whole) as unknown as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, copy)
  parent[last] = value
  return copy
}

describe('a manifest', () => {
  test('may be empty, and every default stands in it then', () => {
    expect(manifestSchema.parse({})).toEqual(defaults)
  })

  test('keeps what is written, zeros included, and adds what was left out', () => {
    const read = manifestSchema.parse(whole)
    expect(read).toMatchObject({
      ...whole,
      signature: { outputs: [{ name: 'churn_probability', shape: [] }] },
    })
    expect(read.signature?.inputs.map(({ shape }) => shape)).toEqual([[], [224, null, 3], []])
    expect(read.release?.limits).toEqual({ maxErrorRatePercent: 0, maxLatencyP95Ratio: 2, minRequests: 1 })
  })

  test('with an empty release section releases to live by a canary', () => {
    expect(manifestSchema.parse({ release: {} }).release).toEqual({
      alias: 'live',
      approval: 'none',
      approvalExpiresSeconds: 604_800,
      rollout: {
        kind: 'canary',
        steps: [
          { weightPercent: 10, bakeTimeSeconds: 600 },
          { weightPercent: 50, bakeTimeSeconds: 600 },
        ],
      },
      limits: { maxErrorRatePercent: 1, maxLatencyP95Ratio: 1.5, minRequests: 50 },
      compatibility: 'backward',
      replay: { last: 0, minAgreementPercent: 95, tolerance: 0.01, minRows: 0 },
    })
  })

  test('is given a tolerance of a millionth where an example has none', () => {
    expect(manifestSchema.parse({ examples: [{ request: 'a.json' }] }).examples).toEqual([
      { request: 'a.json', tolerance: 1e-6 },
    ])
  })

  test.each([
    ['release.alias', 'none'],
    ['release.rollout', { kind: 'all-at-once' }],
    ['release.rollout', { kind: 'canary', steps: [{ weightPercent: 1, bakeTimeSeconds: 0 }] }],
    ['host.timeoutSeconds', 900],
    ['examples.0.request', 'a/..b/c.json'],
    ['examples.0.tolerance', 1e-5],
    ['files.0.path', 'a b/ü.bin'],
  ])('may have at %s: %j', (path, value) => {
    expect(manifestSchema.safeParse(changed(path, value)).success).toBe(true)
  })
})

/** Values that are wrong, and whether a JSON Schema can say so (the naming rules and rising weights are code). */
const wrong: [path: string, value: unknown, inJsonSchema: boolean][] = [
  ['model', 'Churn', false],
  ['model', 'constructor', false],
  ['model', 5, true],
  ['version', '1.4', false],
  ['version', 1.4, true],
  ['runtime', 'cobol', true],
  ['colour', 'red', true],
  ['host.colour', 'red', true],
  ['host.kind', 'fargate', true],
  ['host.memoryMb', 127, true],
  ['host.memoryMb', 10_241, true],
  ['host.memoryMb', 512.5, true],
  ['host.timeoutSeconds', 0, true],
  ['host.timeoutSeconds', 901, true],
  ['host.instanceCount', 0, true],
  ['host', null, true],
  ['signature.inputs', [], true],
  ['signature.inputs.0.name', '', true],
  ['signature.inputs.0.type', 'float16', true],
  ['signature.inputs.0.colour', 'red', true],
  ['signature.inputs.1.shape', [0], true],
  ['signature.inputs.1.shape', [-1], true],
  ['signature.inputs.2.values', [], true],
  ['signature.outputs', undefined, true],
  ['examples.0.request', undefined, true],
  ['examples.0.request', '/etc/passwd', true],
  ['examples.0.request', '../secret.json', true],
  ['examples.0.request', 'a/../../secret.json', true],
  ['examples.0.request', 'a/..', true],
  ['examples.0.request', './a.json', true],
  ['examples.0.request', 'a\\..\\b', true],
  ['examples.0.request', '', true],
  ['examples.0.request', 'a\n/../../secret.json', true],
  ['examples.0.tolerance', -1, true],
  ['release.alias', 'previous', false],
  ['release.alias', 'LIVE', false],
  ['release.colour', 'red', true],
  ['release.replay.colour', 'red', true],
  ['capture.colour', 'red', true],
  ['drift.colour', 'red', true],
  ['source.colour', 'red', true],
  ['signature.colour', 'red', true],
  ['examples.0.colour', 'red', true],
  ['files.0.colour', 'red', true],
  ['release.approval', 'maybe', true],
  ['release.approvalExpiresSeconds', 30, true],
  ['release.approvalExpiresSeconds', 2_592_001, true],
  ['release.rollout.kind', 'blue-green', true],
  ['release.rollout.stepPercent', 0, true],
  ['release.rollout.stepPercent', 51, true],
  ['release.rollout.colour', 'red', true],
  ['release.rollout', { kind: 'canary', steps: [] }, true],
  ['release.rollout', { kind: 'canary', steps: [{ weightPercent: 0, bakeTimeSeconds: 0 }] }, true],
  ['release.rollout', { kind: 'canary', steps: [{ weightPercent: 100, bakeTimeSeconds: 0 }] }, true],
  ['release.rollout', { kind: 'canary', steps: [{ weightPercent: 10, bakeTimeSeconds: -1 }] }, true],
  ['release.rollout', { kind: 'canary', steps: [{ weightPercent: 10, bakeTimeSeconds: 2_592_001 }] }, false],
  [
    'release.rollout',
    {
      kind: 'canary',
      steps: [
        { weightPercent: 50, bakeTimeSeconds: 0 },
        { weightPercent: 10, bakeTimeSeconds: 0 },
      ],
    },
    false,
  ],
  ['release.limits.maxErrorRatePercent', 101, true],
  ['release.limits.maxLatencyP95Ratio', 0.9, true],
  ['release.limits.minRequests', 0, true],
  ['release.limits.minRequest', 5, true],
  ['release.replay.last', -1, true],
  ['capture.samplePercent', 101, true],
  ['drift.everyMinutes', 0, true],
  ['source.metrics.auc', 'high', true],
  ['files.0.sha256', 'A'.repeat(64), true],
  ['files.0.sha256', 'a'.repeat(63), true],
  ['files.0.size', -1, true],
  ['files.0.path', '../model.onnx', true],
]

describe('a manifest is refused', () => {
  test.each(wrong)('with %s: %j', (path, value) => {
    const read = manifestSchema.safeParse(changed(path, value))
    expect(read.success).toBe(false)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('with %d for a limit', (value) => {
    expect(manifestSchema.safeParse(changed('release.limits.maxErrorRatePercent', value)).success).toBe(false)
    expect(manifestSchema.safeParse(changed('release.limits.maxLatencyP95Ratio', value)).success).toBe(false)
  })
})

describe('the JSON Schema for editors', () => {
  const schema = manifestJsonSchema()
  const holds = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

  test('is draft 2020-12, has a title, and describes every field at the top', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Sluice model.yaml',
    })
    const fields = schema['properties'] as Record<string, { description?: string }>
    expect(Object.keys(fields)).toEqual(Object.keys(whole))
    expect(Object.entries(fields).filter(([, { description = '' }]) => !description.endsWith('.'))).toEqual(
      [],
    )
  })

  test('holds of a whole manifest, and of an empty one, since it describes what is written', () => {
    expect([holds(whole), holds.errors]).toEqual([true, null])
    expect([holds({}), holds.errors]).toEqual([true, null])
  })

  test.each(wrong.filter(([, , inJsonSchema]) => inJsonSchema))('refuses %s: %j', (path, value) => {
    expect(holds(JSON.parse(JSON.stringify(changed(path, value))))).toBe(false)
  })
})
