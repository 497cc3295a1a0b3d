import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { fillManifest, parseManifest, writtenKeys } from '../../lib/rules/manifest-text.ts'
import { answerOrRefusal, refusal } from './refusal.ts'

const warn = jest.spyOn(process, 'emitWarning')
beforeEach(() => {
  warn.mockReset().mockImplementation(() => {})
})
afterEach(() => {
  warn.mockReset()
})

const faults = (text: string) => refusal(() => parseManifest(text)).errors
const fault = (text: string) => {
  const [first, ...others] = faults(text)
  expect(others).toEqual([])
  return first
}

describe('a manifest that can be read', () => {
  test('is the one of the design', () => {
    const read = parseManifest(`
model: churn
version: 1.4.0
runtime: python                 # detected: onnx | python | node | r | java | container | graph
host: {kind: lambda, memoryMb: 2048, timeoutSeconds: 30}
signature:                      # read from the artifact where it carries one
  inputs:  [{name: tenure, type: float32}, {name: plan, type: string, values: [a, b]}]
  outputs: [{name: churn_probability, type: float64}]
examples:
  - {request: examples/one.json, expect: examples/one.expected.json, tolerance: 1e-5}
release:
  alias: live
  approval: none
  rollout: {kind: canary, steps: [{weightPercent: 10, bakeTimeSeconds: 600}, {weightPercent: 50, bakeTimeSeconds: 600}]}
  limits: {maxErrorRatePercent: 1, maxLatencyP95Ratio: 1.5}
  compatibility: backward
  replay: {last: 0}
capture: {samplePercent: 0}
drift: {everyMinutes: 60}
source: {git: 3f2c, dataset: s3://bucket/rows, metrics: {auc: 0.91}}
files: []
`)
    expect(read).toMatchObject({
      model: 'churn',
      version: '1.4.0',
      examples: [{ request: 'examples/one.json', tolerance: 0.00001 }],
      release: { limits: { minRequests: 50 } },
      source: { git: '3f2c', metrics: { auc: 0.91 } },
    })
  })

  test.each(['', '\n', '# nothing\n', '---\n', 'null', '{}'])('is %j: nothing has to be written', (text) => {
    expect(parseManifest(text)).toEqual({
      host: { kind: 'lambda', memoryMb: 2048, timeoutSeconds: 28 },
      examples: [],
      capture: { samplePercent: 0, mask: [], hash: [], retentionDays: 30 },
      drift: expect.objectContaining({ everyMinutes: 60, learnFrom: 1000, onDrift: { rollback: false } }),
      files: [],
    })
  })

  test('may share a part by an alias', () => {
    const text = 'signature:\n  inputs: &fields [{name: x, type: float32}]\n  outputs: *fields\n'
    expect(parseManifest(text).signature?.outputs).toEqual([{ name: 'x', type: 'float32', shape: [] }])
  })
})

describe('a manifest with faults', () => {
  test('is told all five at once, each with its line, and what was meant', () => {
    const problem = refusal(() =>
      parseManifest(`model: Churn
version: 1.10
runtim: onnx
host:
  kind: lamda
  memoryMb: 512
release:
  alias: live
  rollout: {kind: canary, steps: [{weightPercent: 50, bakeTimeSeconds: 1}, {weightPercent: 10, bakeTimeSeconds: 1}]}
`),
    )
    expect(problem.code).toBe('manifest-invalid')
    expect(problem.message).toContain('line 1: /model')
    expect(problem.message).toContain('5 faults in all')
    expect(problem.errors.map(({ line, pointer }) => [line, pointer])).toEqual([
      [1, '/model'],
      [2, '/version'],
      [3, '/runtim'],
      [5, '/host/kind'],
      [9, '/release/rollout'],
    ])
    const [model, version, runtime, kind, rollout] = problem.errors
    expect(model).toMatchObject({ found: "'Churn'", allowed: expect.stringMatching(/^2 to 40 of a-z/) })
    expect(version).toMatchObject({ found: '1.1', allowed: 'a string' })
    expect(runtime?.found).toContain("did you mean 'runtime'?")
    expect(kind).toMatchObject({
      found: "'lamda', did you mean 'lambda'?",
      allowed: expect.stringContaining(' or '),
    })
    expect(rollout?.allowed).toContain('rise from step to step')
  })

  test('has the same key twice', () => {
    expect(fault('model: churn\nversion: 1.0.0\nmodel: iris\n')).toMatchObject({
      line: 3,
      found: "the key 'model' stands there twice",
    })
    expect(fault('host: {kind: lambda, kind: lambda}')).toMatchObject({ line: 1 })
  })

  test.each([
    ['host: {memoryMB: 512}', '/host/memoryMB', 'memoryMb'],
    ['release: {limits: {minRequest: 5}}', '/release/limits/minRequest', 'minRequests'],
    ['release: {rolout: {kind: all-at-once}}', '/release/rolout', 'rollout'],
    [
      'release: {rollout: {kind: linear, stepPercent: 20, bakeTimeSecond: 1, bakeTimeSeconds: 1}}',
      '/release/rollout/bakeTimeSecond',
      'bakeTimeSeconds',
    ],
    [
      'release: {rollout: {kind: canary, steps: [{weightPercents: 5, weightPercent: 5, bakeTimeSeconds: 1}]}}',
      '/release/rollout/steps/0/weightPercents',
      'weightPercent',
    ],
    ['examples: [{request: a.json}, {request: a.json, expects: b.json}]', '/examples/1/expects', 'expect'],
    [
      'signature: {inputs: [{name: a, type: string, value: [b]}], outputs: [{name: a, type: string}]}',
      '/signature/inputs/0/value',
      'values',
    ],
    ['source: {gitt: abc}', '/source/gitt', 'git'],
    ['files: [{path: a, size: 1, sha265: b}]', '/files/0/sha265', 'sha256'],
  ])('has an unknown key, nested: %s', (text, pointer, meant) => {
    const found = faults(text).find((one) => one.pointer === pointer)
    expect(found?.found).toContain(`did you mean '${meant}'?`)
    expect(found?.allowed).toContain(meant)
  })

  test('has an unknown key with a slash, pointed at as RFC 6901 says', () => {
    expect(fault('model: churn\na/b~c: 1\n')).toMatchObject({ pointer: '/a~1b~0c', line: 2 })
  })

  test('has an unknown key above a block: the line is the key’s', () => {
    expect(fault('model: churn\nhots:\n  kind: lambda\n')).toMatchObject({ pointer: '/hots', line: 2 })
  })

  test.each([
    ['release: {alias: LIVE}', '/release/alias'],
    ['release: {alias: 5}', '/release/alias'],
    ['release: {alias: previous}', '/release/alias'],
    ['release: {rollout: {kind: canari}}', '/release/rollout/kind'],
    ['release: {rollout: canary}', '/release/rollout'],
    ['host: {memoryMb: 1}', '/host/memoryMb'],
    ['files: [{path: a, size: 1, sha256: b}]', '/files/0/sha256'],
    ['examples: [{request: ../a}]', '/examples/0/request'],
    ['host: null', '/host'],
    ['host: [1]', '/host'],
  ])('has a wrong value, and is told what is allowed: %s', (text, pointer) => {
    const found = fault(text)
    expect(found).toMatchObject({ pointer, line: 1, column: expect.any(Number) })
    expect(found?.found).not.toBe('')
    expect(found?.allowed).not.toMatch(/^(|Invalid input.*)$/)
  })

  test('shows a number that is none as what it is', () => {
    expect(fault('release: {limits: {maxErrorRatePercent: .nan}}')?.found).toBe('NaN')
    expect(fault('release: {limits: {maxLatencyP95Ratio: .inf}}')?.found).toBe('Infinity')
  })

  test.each([
    ['a list', '- model: churn\n'],
    ['a bare value', 'churn'],
    ['false', 'false'],
    ['two documents', 'model: churn\n---\nmodel: iris\n'],
    ['a tab for indentation', 'host:\n\tkind: lambda\n'],
    ['an open bracket', 'host: {kind: lambda'],
    ['an unknown alias', 'host: *nowhere'],
    ['a set where keys are expected', 'source: !!set {git, colour}'],
    ['an ordered map where keys are expected', 'host: !!omap [colour: red]'],
    ['binary data', 'model: !!binary aGVsbG8='],
    ['a tag that nobody knows', 'runtime: !secret onnx'],
    ['a list as a key', '? [a, b]\n: 1'],
    ['__proto__', '__proto__: {model: churn}'],
    ['constructor', 'constructor: {model: churn}'],
    ['a NUL', 'model: "ch\\0urn"'],
    ['a part inside itself', 'host: &a {kind: *a}'],
    ['a list inside itself', 'files: &a [*a]'],
    ['a file outside the release, behind a line break', 'examples: [{request: "a\\n/../../secret.json"}]'],
    ['50,000 brackets', '['.repeat(50_000)],
    ['2,000 levels', `${'{a: '.repeat(2000)}1${'}'.repeat(2000)}`],
  ])('is %s: refused, never an error of another kind', (_, text) => {
    const problem = refusal(() => parseManifest(text))
    expect(problem.code).toBe('manifest-invalid')
    expect(problem.errors).not.toEqual([])
  })

  test('whose aliases unfold without end is refused at once', () => {
    const levels = Array.from(
      { length: 20 },
      (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i}, `.repeat(9)}*x${i}]`,
    )
    const problem = refusal(() => parseManifest(['x0: &x0 lol', ...levels].join('\n')))
    expect(problem.errors).toMatchObject([{ found: expect.stringContaining('without end') }])
  })

  test('prints nothing: what is to be said stands in the problem', () => {
    refusal(() => parseManifest('? [a, b]\n: 1'))
    expect(warn).not.toHaveBeenCalled()
  })

  test.each([
    ['nests without end', '['.repeat(5000), 'nests too deeply'],
    ['nests without end and closes', `model: ${'['.repeat(5000)}${']'.repeat(5000)}`, 'nests too deeply'],
    ['holds half a character', 'source: {author: "\\ud800"}', 'surrogate'],
    ['has a key of half a character', '"\\ud800": 1', 'surrogate'],
    ['is longer than any manifest', `# ${'x'.repeat(1_000_000)}`, '1000002 characters'],
  ])('that %s is refused in words', (_, text, found) => {
    const [first, ...others] = refusal(() => parseManifest(text)).errors
    expect(first?.found).toContain(found)
    expect(others).toEqual([])
  })

  test('of ten thousand unknown keys is refused at once, and the first hundred are listed', () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `key${i}: 1\n`)
    const started = performance.now()
    expect(refusal(() => parseManifest(keys.join(''))).errors).toHaveLength(100)
    // Compared each with each they took eight seconds.
    expect(performance.now() - started).toBeLessThan(4000)
    const metrics = `source:\n  metrics:\n    ${keys.map((key) => key.trim()).join('\n    ')}\n`
    expect(writtenKeys(metrics)).toEqual(['source'])
    expect(Object.keys(parseManifest(metrics).source?.metrics ?? {})).toHaveLength(10_000)
  })

  test('pollutes nothing', () => {
    answerOrRefusal(() => parseManifest('source: {metrics: {__proto__: 1, constructor: 2}}'))
    refusal(() => parseManifest('__proto__: {polluted: 1}'))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('is read or refused, whatever the text: 2,000 random ones', async () => {
    const worker = new Worker(new URL('./manifest-fuzz.ts', import.meta.url))
    await expect(once(worker, 'message')).resolves.toEqual(['done'])
  }, 60_000)
})

describe('a manifest is filled in', () => {
  const detected = { model: 'churn', version: '1.4.0', runtime: 'onnx' } as const
  const filled = (text: string) => fillManifest(parseManifest(text), detected, writtenKeys(text))

  test('from its place and its artifact, and says where each value came from', () => {
    const { manifest, origins } = filled('host: {memoryMb: 512}\nmodel: churn\n')
    expect(manifest).toMatchObject({
      model: 'churn',
      version: '1.4.0',
      runtime: 'onnx',
      host: { memoryMb: 512 },
    })
    expect(origins).toEqual({
      model: 'written',
      version: 'place',
      runtime: 'detected',
      host: 'written',
      examples: 'default',
      capture: 'default',
      drift: 'default',
      files: 'default',
    })
  })

  test('and what is written wins over what was detected', () => {
    const { manifest, origins } = filled('runtime: container')
    expect([manifest.runtime, origins['runtime']]).toEqual(['container', 'written'])
  })

  test('but not against its place in the store', () => {
    const problem = refusal(() => filled('model: iris\nversion: 2.0.0\n'))
    expect(problem.code).toBe('manifest-invalid')
    expect(problem.errors).toEqual([
      { pointer: '/model', found: "'iris'", allowed: "'churn', as the place in the store says" },
      { pointer: '/version', found: "'2.0.0'", allowed: "'1.4.0', as the place in the store says" },
    ])
    expect(refusal(() => filled('model: churn\nversion: 2.0.0')).errors).toHaveLength(1)
  })
})

test.each([
  ['', []],
  ['model: churn\nhost: {}\n', ['model', 'host']],
  ['model:\n', ['model']],
  ['churn', []],
])('the keys written in %j are %j', (text, keys) => {
  expect(writtenKeys(text)).toEqual(keys)
})

test('a sentence about a long line is cut between characters, and never through one', () => {
  for (const before of ['', ' ', '  ']) {
    const { message, errors } = refusal(() => parseManifest(`model: |${before}${'\u{1f600}'.repeat(200)}\n`))
    expect([message, ...errors.map(({ found }) => found)].filter((text) => !text.isWellFormed())).toEqual([])
  }
})
