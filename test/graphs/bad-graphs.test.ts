import { describe, expect, test } from '@jest/globals'
import { inspectGraph } from '../../lambdas/release/inspect-graph.ts'
import type { FoundVersion, NodeLookup } from '../../lambdas/release/node-lookup.ts'
import { fillManifest, parseManifest } from '../../lib/rules/manifest-text.ts'
import { isProblem, type Problem } from '../../lib/rules/problem.ts'
import type { Field, Signature } from '../../lib/rules/signature.ts'
import { type BadGraph, badByThemselves, badWithNodes } from './bad-graphs.ts'

const field = (name: string, type: Field['type']): Field => ({ name, type, shape: [] })
const signatures: Readonly<Record<string, Signature | undefined>> = {
  adder: { inputs: [field('x', 'float32')], outputs: [field('y', 'float32')] },
  words: { inputs: [field('w', 'string')], outputs: [field('v', 'string')] },
  both: { inputs: [field('x', 'float32'), field('w', 'string')], outputs: [field('y', 'float32')] },
  pair: { inputs: [field('x', 'float32')], outputs: [field('label', 'int64'), field('score', 'float32')] },
  gone: { inputs: [field('x', 'float32')], outputs: [field('y', 'float32')] },
  opaque: undefined,
}

/** A platform with a version 1.0.0 of each model, live. */
const nodes: NodeLookup = {
  model: async (name) =>
    name in signatures ? { aliases: { live: { stable: '1.0.0', by: 'x' } }, accepted: ['1.0.0'] } : undefined,
  versions: async (name) => (name in signatures ? ['1.0.0'] : []),
  version: async (name, version): Promise<FoundVersion | undefined> =>
    version === '1.0.0' && name in signatures
      ? {
          state: name === 'gone' ? 'RETIRED' : 'READY',
          digest: `sha256:${name}`,
          signature: signatures[name],
        }
      : undefined,
}

async function refused(text: string, around: { readonly nodes?: NodeLookup }): Promise<Problem> {
  const recognised = {
    runtime: 'graph',
    entry: 'graph.yaml',
    name: 'graph',
    what: '',
    because: '',
    beside: [],
  }
  const { manifest } = fillManifest(
    parseManifest(''),
    { model: 'graph', version: '1.0.0', runtime: 'graph' },
    [],
  )
  const read = async () => new TextEncoder().encode(text)
  const error = await inspectGraph(recognised as never, [], manifest, read, around).catch(
    (one: unknown) => one,
  )
  if (isProblem(error)) return error
  throw new Error(`it was taken: ${JSON.stringify(error)}`)
}

async function expectRefused({ text, found, allowed }: BadGraph, around: { readonly nodes?: NodeLookup }) {
  const before = text.slice(0, text.indexOf('▸')).split('\n')
  const place = { line: before.length, column: (before.at(-1) ?? '').length + 1 }
  const problem = await refused(text.replace('▸', ''), around)
  expect(problem.code).toBe('graph-invalid')
  const [first] = problem.errors
  expect({ line: first?.line, column: first?.column }).toEqual(place)
  expect(problem.message).toContain(`graph.yaml line ${place.line}, column ${place.column}: `)
  expect(problem.message).toContain(found)
  expect(problem.message).toContain(allowed)
}

describe(`${Object.keys(badByThemselves).length} graphs that are wrong by themselves`, () => {
  test.each(Object.entries(badByThemselves))('%s', (_, bad) => expectRefused(bad, {}))
})

describe(`${Object.keys(badWithNodes).length} graphs that do not fit their nodes`, () => {
  test.each(Object.entries(badWithNodes))('%s', (_, bad) => expectRefused(bad, { nodes }))
})
