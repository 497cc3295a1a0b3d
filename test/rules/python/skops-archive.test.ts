import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { strToU8, zipSync } from 'fflate'
import { isProblem } from '../../../lib/rules/problem.ts'
import { sklearnFacts } from '../../../lib/rules/python/sklearn-artifact.ts'
import { readSkopsFile } from '../../../lib/rules/python/skops-archive.ts'
import { answerOrRefusal, refusal } from '../refusal.ts'
import { fixtureBytes } from './sklearn-fixtures.ts'

const zipOf = (schema: string, others: Readonly<Record<string, Uint8Array>> = {}) =>
  zipSync({ 'schema.json': strToU8(schema), ...others })

const node = (loader: string, module: string, name: string, content?: unknown) => ({
  __class__: name,
  __module__: module,
  __loader__: loader,
  content,
})

describe('a file of skops', () => {
  test('names its classes and functions wherever they stand', () => {
    const attributes = { func: node('FunctionNode', 'os', 'system'), kind: node('TypeNode', 'mine', 'Kind') }
    const model = node('ObjectNode', 'sklearn.x', 'Y', node('DictNode', 'builtins', 'dict', attributes))
    const found = readSkopsFile(zipOf(JSON.stringify(model)))
    expect(
      'unread' in found ? [] : found.globals.map(({ module, name }) => `${module}.${name}`).toSorted(),
    ).toEqual(['builtins.dict', 'mine.Kind', 'os.system', 'sklearn.x.Y'])
  })

  test('is read wherever its bytes stand in their buffer', () => {
    const bytes = fixtureBytes('forest.skops')
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(readSkopsFile(shifted.subarray(3))).toEqual(readSkopsFile(bytes))
  })

  test('whose description unpacks to more than 64 MiB is left unread', () => {
    const found = readSkopsFile(zipOf(' '.repeat(65 * 2 ** 20)))
    expect(found).toEqual({ unread: 'its schema.json unpacks to more than 64 MiB' })
  }, 30_000)

  test('that nests a hundred thousand deep is read to its end', () => {
    const deep = `${'{"__class__":"list","__module__":"builtins","__loader__":"ListNode","content":['.repeat(100_000)}${']}'.repeat(100_000)}`
    const found = readSkopsFile(zipOf(deep))
    expect('unread' in found ? undefined : sklearnFacts(found).signature).toHaveProperty('unknown')
  })

  test.each([
    ['nothing', new Uint8Array()],
    ['a pickle', fixtureBytes('forest.joblib')],
    ['a zip without a description', zipSync({ 'other.json': strToU8('{}') })],
    ['a description that is no JSON', zipOf('{"__class__": ')],
    ['a zip whose first file is damaged', fixtureBytes('forest.skops').fill(0xff, 60, 200)],
  ])('that is %s is refused with what to do', (_, bytes) => {
    const problem = refusal(() => readSkopsFile(bytes))
    expect(problem.code).toBe('artifact-corrupt')
    expect(problem.message).toMatch(/skops\.io\.dump/)
  })

  test.each(['null', '[]', '7', '"a"', '{}', '{"__class__": 7, "__loader__": {}, "content": null}'])(
    'that describes %s says nothing',
    (schema) => {
      const found = readSkopsFile(zipOf(schema))
      expect('unread' in found ? undefined : sklearnFacts(found).signature).toHaveProperty('unknown')
    },
  )
})

test.each(['logistic.skops', 'pipeline.stored.skops'])(
  '%s, with up to eight bytes changed at random, is refused or read',
  (file) => {
    const bytes = fixtureBytes(file)
    const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const mutant = bytes.slice()
        for (const { at, byte } of changes) mutant[at] = byte
        const answer = answerOrRefusal(() => {
          const found = readSkopsFile(mutant)
          return 'unread' in found ? found : sklearnFacts(found)
        })
        if (isProblem(answer)) expect(answer.code).toBe('artifact-corrupt')
      }),
      { seed: 1, numRuns: 100 },
    )
  },
)
