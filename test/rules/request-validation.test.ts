import { describe, expect, test } from '@jest/globals'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { readJsonBody } from '../../lib/rules/tabular-body.ts'
import { refusal } from './refusal.ts'
import { cancer, churn, row, single, validatorOf } from './signatures.ts'

const validate = requestValidator(churn)
const read = (body: string) => validate(readJsonBody(body, churn))
const refused = (body: unknown) => refusal(() => read(typeof body === 'string' ? body : JSON.stringify(body)))

const good = { tenure: 1, plan: 'gold', visits: 2 }

test('a valid request is answered unchanged, in its order', () => {
  const body = [good, { ...good, visits: 0 }, { plan: 'basic', visits: -5, tenure: -0.5 }]
  expect(read(JSON.stringify(body))).toEqual(body)
})

test('a validator keeps nothing from one request to the next', () => {
  expect(refused({ ...good, plan: 'x' }).errors).toHaveLength(1)
  expect(read(JSON.stringify(good))).toEqual([good])
  expect(refused({ ...good, visits: 'x' }).errors).toMatchObject([{ pointer: '/visits' }])
})

test('a signature that names an input twice has no validator', () => {
  const [tenure] = churn.inputs
  const twice = { ...churn, inputs: [...churn.inputs, ...(tenure === undefined ? [] : [tenure])] }
  expect(() => requestValidator(twice)).toThrow('must NOT have duplicate items')
})

describe('every fault', () => {
  test('of a record is told, with what was found and what is allowed', () => {
    const problem = refused([good, { tenure: 'x', plan: 'silver', visits: 1.5 }])
    expect(problem.code).toBe('request-invalid')
    expect(problem.errors).toEqual([
      { pointer: '/1/tenure', found: "'x'", allowed: 'tenure: float32' },
      { pointer: '/1/plan', found: "'silver'", allowed: "one of 'basic', 'gold'" },
      { pointer: '/1/visits', found: '1.5', allowed: 'visits: int64' },
    ])
    expect(problem.message).toBe("'/1/tenure' holds 'x', and tenure: float32 is allowed, and 2 more")
  })

  test('of a single input speaks of the record', () => {
    expect(refused([[1]]).message).toContain("'/0' holds a list of 1")
    expect(refused('5').message).toContain('the record holds 5')
  })

  test('is told up to 20 of them, of as many records', () => {
    const { errors } = refused(Array.from({ length: 50 }, () => ({ ...good, plan: 'x' })))
    expect(errors.map(({ pointer }) => pointer)).toEqual(Array.from({ length: 20 }, (_, i) => `/${i}/plan`))
    expect(refused(Array.from({ length: 50 }, () => ({}))).errors).toHaveLength(20)
  })

  test('is told of a record with 200,000 unknown inputs, 20 of them', () => {
    const body = `{${Array.from({ length: 200_000 }, (_, i) => `"k${i}":1`).join(',')}}`
    const problem = refused(body)
    expect([problem.code, problem.errors.length]).toEqual(['request-invalid', 20])
  })

  test('within a tensor is told once: there may be millions', () => {
    const body = Array.from({ length: 3 }, () => row().map(() => 'x'))
    const problem = refusal(() => validatorOf(cancer)(readJsonBody(JSON.stringify(body), cancer)))
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['/0/0', '/1/0', '/2/0'])
  })

  test('of a record with a tensor among its inputs is told once, too', () => {
    const signature: Signature = { inputs: [...churn.inputs, ...cancer.inputs], outputs: [] }
    const body = JSON.stringify({ tenure: 'x', plan: 'x', visits: 'x', features: row().map(() => 'x') })
    expect(refusal(() => validatorOf(signature)(readJsonBody(body, signature))).errors).toHaveLength(1)
  })

  test('but the first is counted in the sentence', () => {
    expect(refused({ ...good, visits: 'x' }).message).toBe(
      "'/visits' holds 'x', and visits: int64 is allowed",
    )
    expect(refused({ tenure: 'x', plan: 'gold', visits: 'x' }).message).toMatch(/, and 1 more$/)
  })

  test('in the length of a tensor names the length', () => {
    const problem = refusal(() => validatorOf(cancer)(readJsonBody('[[1, 2]]', cancer)))
    expect(problem.errors).toEqual([{ pointer: '/0', found: 'a list of 2', allowed: 'a list of 30' }])
  })
})

describe('a misspelt input', () => {
  test.each([
    ['tenur', 'tenure'],
    ['Tenure', 'tenure'],
    ['plans', 'plan'],
    ['vists', 'visits'],
  ])('%s: did you mean %s?', (written, meant) => {
    const found = refused({ ...good, [written]: 1 }).errors
    expect(found).toEqual([
      { pointer: `/${written}`, found: 'an unknown input', allowed: `'${meant}' (did you mean it?)` },
    ])
  })

  test('that is like none is told all there are', () => {
    expect(refused({ ...good, colour: 1 }).errors).toEqual([
      {
        pointer: '/colour',
        found: 'an unknown input',
        allowed: 'tenure: float32, plan: string, visits: int64',
      },
    ])
  })
})

describe('keys that mean something to JavaScript', () => {
  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s is an unknown input, in every form, and pollutes nothing',
    (key) => {
      const record = `{"tenure":1,"plan":"gold","visits":2,"${key}":{"polluted":1}}`
      const bodies: [string, string][] = [
        [record, `/${key}`],
        [`[${record}]`, `/0/${key}`],
        [
          `{"inputs":{"tenure":[1],"plan":["gold"],"visits":[2],"${key}":[{"polluted":1}]}}`,
          `/inputs/${key}/0`,
        ],
        [
          `{"dataframe_split":{"columns":["tenure","plan","visits","${key}"],"data":[[1,"gold",2,{"polluted":1}]]}}`,
          '/dataframe_split/data/0/3',
        ],
      ]
      for (const [body, pointer] of bodies)
        expect(refused(body).errors).toMatchObject([{ pointer, found: 'an unknown input' }])
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    },
  )

  test('do not stand in for an input of the same name that is missing', () => {
    const signature: Signature = {
      inputs: [{ name: 'constructor', type: 'float64', shape: [] }, ...churn.inputs],
      outputs: [],
    }
    const body = JSON.stringify(good)
    const { errors } = refusal(() => requestValidator(signature)(readJsonBody(body, signature)))
    expect(errors).toEqual([{ pointer: '/constructor', found: 'nothing', allowed: 'constructor: float64' }])
  })
})

describe('a number', () => {
  test.each([
    ['1e999', '/tenure', 'Infinity'],
    ['-1e999', '/tenure', '-Infinity'],
    ['3.5e38', '/tenure', '3.5e+38'],
    ['null', '/tenure', 'null'],
    ['"1"', '/tenure', "'1'"],
    ['true', '/tenure', 'true'],
    ['[1]', '/tenure', 'a list of 1'],
    ['{"a":1}', '/tenure', '{"a":1}'],
  ])('written %s is no float32', (written, pointer, found) => {
    const body = `{"tenure":${written},"plan":"gold","visits":2}`
    expect(refused(body).errors).toMatchObject([{ pointer, found }])
  })

  test('that is infinite is no float64 either', () => {
    const { errors } = refusal(() => validatorOf(single)(readJsonBody('[1, 1e999]', single)))
    expect(errors).toEqual([{ pointer: '/1', found: 'Infinity', allowed: 'x: float64' }])
  })

  test.each(['9007199254740992', '9007199254740993', '-9007199254740992', '1e999', '0.5', '"1"', 'true'])(
    'written %s is no int64',
    (written) => {
      const body = `{"tenure":1,"plan":"gold","visits":${written}}`
      expect(refused(body).errors).toMatchObject([{ pointer: '/visits' }])
    },
  )

  test.each(['9007199254740991', '-9007199254740991', '-0', '1.0', '1e3'])(
    'written %s is an int64',
    (written) => {
      expect(read(`{"tenure":1,"plan":"gold","visits":${written}}`)).toHaveLength(1)
    },
  )

  test('out of its range is told the limit', () => {
    expect(refused({ ...good, visits: 2 ** 53 }).errors).toEqual([
      { pointer: '/visits', found: '9007199254740992', allowed: 'int64 of at most 9007199254740991' },
    ])
  })

  test.each(['NaN', 'Infinity', '-Infinity', 'nan', '.5', '1.', '0x10', '1_000', "'1'", 'undefined'])(
    'written %s is no JSON',
    (written) => {
      expect(refused(`{"tenure":${written},"plan":"gold","visits":2}`).code).toBe('body-malformed')
    },
  )
})

describe('50,000 levels', () => {
  const deep = (open: string, inner: string, close: string) =>
    open.repeat(50_000) + inner + close.repeat(50_000)

  test.each([
    ['of lists', deep('[', '', ']')],
    ['of lists, never closed', '['.repeat(50_000)],
    ['of objects', deep('{"a":', '1', '}')],
    ['of objects in an input', `{"plan":"gold","visits":1,"tenure":${deep('{"a":', '1', '}')}}`],
    ['of lists in an input', `{"plan":"gold","visits":1,"tenure":${deep('[', '', ']')}}`],
    ['of lists in an object in an input', `{"plan":"gold","visits":1,"tenure":{"a":${deep('[', '', ']')}}}`],
    ['of objects in instances', `{"instances":${deep('{"a":', '1', '}')}}`],
    ['of instances', deep('{"instances":', '[]', '}')],
    ['of objects in a column', `{"inputs":{"tenure":[${deep('{"a":', '1', '}')}]}}`],
  ])('%s are a problem, not a stack overflow', (_, body) => {
    for (const signature of [churn, cancer]) {
      const validator = validatorOf(signature)
      expect(refusal(() => validator(readJsonBody(body, signature))).status).toBeGreaterThanOrEqual(400)
    }
  })
})
