import { describe, expect, test } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import {
  type CalledPlatform,
  type CalledVersion,
  modelDocument,
  versionDocument,
} from '../../lib/rules/open-api.ts'
import { isProblemCode } from '../../lib/rules/problem.ts'
import { problemPages } from '../../lib/rules/problem-pages.ts'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import { elementTypes, type Field, type Signature } from '../../lib/rules/signature.ts'
import { readCsvRecords, readJsonBody, readJsonLineRecords } from '../../lib/rules/tabular-body.ts'
import { refusal } from './refusal.ts'
import { cancer, churn, single } from './signatures.ts'

const laptop: CalledPlatform = { url: 'http://localhost:8080', deployed: false }
const versionOf = (
  version: string,
  signature: Signature,
  more: Partial<CalledVersion> = {},
): CalledVersion => ({
  model: 'churn',
  version,
  signature,
  ...more,
})

interface Media {
  readonly schema?: object
  readonly examples?: Record<string, { readonly value: unknown }>
}
interface Called {
  readonly operationId: string
  readonly description?: string
  readonly deprecated?: boolean
  readonly requestBody: { readonly content: Record<string, Media> }
  readonly responses: Record<string, { readonly content: Record<string, Media> }>
}
type Document = ReturnType<typeof versionDocument>

const postOf = (document: Document, path: string) => document.paths[path]?.post as Called
const only = (document: Document) => postOf(document, Object.keys(document.paths)[0] ?? '')

/** A check by a part of the document, its references resolved inside the document. */
function checkBy(document: Document, part: object | undefined) {
  const ajv = new Ajv2020({ strict: false, ownProperties: true })
  ajv.addSchema(document, 'https://sluice.test/document')
  return ajv.compile(JSON.parse(JSON.stringify(part).replaceAll('"#/', '"https://sluice.test/document#/')))
}

function isTaken(signature: Signature, body: unknown): boolean {
  try {
    return requestValidator(signature)(readJsonBody(JSON.stringify(body), signature)).length > 0
  } catch {
    return false
  }
}

const field = fc
  .record({
    name: fc.constantFrom('x', 'y', 'plan', 'instances', 'inputs', 'data frame'),
    type: fc.constantFrom(...elementTypes),
    shape: fc.array(fc.option(fc.integer({ min: 1, max: 3 })), { maxLength: 3 }),
    values: fc.option(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 3 }), { nil: undefined }),
  })
  .map(({ values, ...one }): Field => (one.type === 'string' && values ? { ...one, values } : one))
const fields = fc.uniqueArray(field, { minLength: 1, maxLength: 4, selector: ({ name }) => name })
const signatures = fc.record({ inputs: fields, outputs: fields })

describe('of whatever signature', () => {
  test('the formed example fits its own schema and is taken by the router, in each type: 60 signatures', () => {
    const types = new Set<string>()
    fc.assert(
      fc.property(signatures, (signature) => {
        const document = versionDocument(versionOf('1.0.0', signature), laptop)
        const { requestBody, responses } = only(document)
        const asked = requestBody.content['application/json']
        const answered = responses['200']?.content['application/json']
        const [request, answer] = [asked?.examples?.['formed']?.value, answered?.examples?.['formed']?.value]
        expect(checkBy(document, asked?.schema)(request)).toBe(true)
        expect(checkBy(document, answered?.schema)(answer)).toBe(true)
        expect(isTaken(signature, request)).toBe(true)
        const readers = {
          'text/csv': readCsvRecords,
          'application/jsonlines': readJsonLineRecords,
          'application/x-ndjson': readJsonLineRecords,
        }
        for (const [type, read] of Object.entries(readers)) {
          const text = requestBody.content[type]?.examples?.['formed']?.value
          if (text === undefined) continue
          types.add(type)
          const records = read(text as string, signature)
          expect(requestValidator(signature)(records)).toHaveLength(1)
        }
      }),
      { seed: 8, numRuns: 60 },
    )
    expect(types.size).toBe(3)
  }, 120_000)

  test('the document is valid OpenAPI 3.1 by a validator that is not ours: 50 signatures', async () => {
    const validator = new Validator()
    await fc.assert(
      fc.asyncProperty(signatures, async (signature) => {
        const document = versionDocument(versionOf('1.0.0', signature), laptop)
        expect(await validator.validate(structuredClone(document))).toEqual({ valid: true })
      }),
      { seed: 9, numRuns: 50 },
    )
    expect(validator.version).toBe('3.1')
  }, 60_000)

  test('a value too large to be shown has no example, and its document stays small', () => {
    const image = { ...cancer, inputs: [{ name: 'x', type: 'uint8' as const, shape: [224, 224, 3] }] }
    const document = versionDocument(versionOf('1.0.0', image), laptop)
    expect(only(document).requestBody.content['application/json']?.examples).toBeUndefined()
    expect(JSON.stringify(document).length).toBeLessThan(60_000)
  })
})

describe('every form that the router takes, and none that it refuses:', () => {
  const gold = { tenure: 3, plan: 'gold', visits: 1 }
  const columns = ['tenure', 'plan', 'visits']
  const rows = [[3, 'gold', 1]]
  const row = Array.from({ length: 30 }, () => 0.5)
  test.each<[Signature, unknown]>([
    [churn, gold],
    [churn, [gold, gold]],
    [churn, { instances: [gold] }],
    [churn, { inputs: [gold] }],
    [churn, { inputs: { tenure: [3, 4], plan: ['gold', 'basic'], visits: [1, 2] } }],
    [churn, { inputs: { tenure: [3], plan: ['gold'] } }],
    [churn, { inputs: { tenure: 3, plan: 'gold', visits: 1 } }],
    [churn, { dataframe_records: [gold], params: { a: 1 } }],
    [churn, { dataframe_records: gold }],
    [churn, { dataframe_split: { columns, data: rows } }],
    [churn, { dataframe_split: { columns, index: [0], data: rows } }],
    [churn, { dataframe_split: { columns: ['tenure', 'plan'], data: [[3, 'gold']] } }],
    [churn, { dataframe_split: { data: rows } }],
    [churn, { dataframe_split: { columns, data: [[3, 'gold']] } }],
    [churn, { instances: [gold], inputs: [gold] }],
    [churn, { instances: [] }],
    [churn, { ...gold, tenur: 1 }],
    [cancer, row],
    [cancer, [row, row]],
    [cancer, { instances: row }],
    [cancer, { instances: [row] }],
    [cancer, { features: row }],
    [cancer, { inputs: { features: [row] } }],
    [cancer, { dataframe_split: { data: [row] } }],
    [cancer, row.slice(1)],
    [single, 0.5],
    [single, [0.5, 1]],
    [single, { x: 0.5 }],
    [single, { instances: [0.5] }],
    [single, 'half'],
    [single, []],
  ])('%#', (signature, body) => {
    const document = versionDocument(versionOf('1.0.0', signature), laptop)
    const { schema } = only(document).requestBody.content['application/json'] ?? {}
    expect(checkBy(document, schema)(body)).toBe(isTaken(signature, body))
  })
})

describe('a version', () => {
  test('has the call that it answered when it was proven, where one was kept', () => {
    const sample = { request: [{ a: 1 }], answer: { predictions: [0.25] } }
    const { requestBody, responses } = only(versionDocument(versionOf('1.0.0', churn, { sample }), laptop))
    expect(requestBody.content['application/json']?.examples).toEqual({ recorded: { value: sample.request } })
    expect(responses['200']?.content['application/json']?.examples).toEqual({
      recorded: { value: sample.answer },
    })
  })

  test('takes CSV and NPY where a record can be written so, and answers in every type', () => {
    const types = (signature: Signature) => {
      const { requestBody, responses } = only(versionDocument(versionOf('1.0.0', signature), laptop))
      return [Object.keys(requestBody.content), Object.keys(responses['200']?.content ?? {})]
    }
    const lines = ['application/jsonlines', 'application/x-ndjson']
    const answers = ['application/json', 'text/csv', 'application/jsonlines']
    expect(types(churn)).toEqual([
      ['application/json', 'text/csv', ...lines],
      [...answers, 'application/x-npy'],
    ])
    expect(types(cancer)).toEqual([['application/json', 'text/csv', ...lines, 'application/x-npy'], answers])
    const image = { ...cancer, inputs: [{ name: 'x', type: 'uint8' as const, shape: [2, 2] }] }
    expect(types(image)[0]).toEqual(['application/json', ...lines, 'application/x-npy'])
  })

  test('names every problem of the data path with its code, each under its status', () => {
    const { components } = versionDocument(versionOf('1.0.0', churn), laptop)
    const codes = Object.entries(components.responses).flatMap(([name, response]) => {
      const { content } = response as Called['responses'][string]
      const examples = Object.entries(content['application/problem+json']?.examples ?? {})
      return examples.map(([code, { value }]) => {
        expect(isProblemCode(code) && `Problem${problemPages[code].status}`).toBe(name)
        expect(
          checkBy(versionDocument(versionOf('1.0.0', churn), laptop), components.schemas['Problem'])(value),
        ).toBe(true)
        return code
      })
    })
    expect(codes).toEqual(
      expect.arrayContaining(['request-invalid', 'version-retired', 'model-busy', 'model-timeout']),
    )
  })

  test('names nothing that it does not hold', () => {
    const document = versionDocument(versionOf('1.0.0', churn), { ...laptop, deployed: true, callers: 'iam' })
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, at = '']) => at,
    )
    expect(references.length).toBeGreaterThan(30)
    for (const reference of references) {
      const found = reference
        .split('/')
        .reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key], document)
      expect([reference, found]).toEqual([reference, expect.anything()])
    }
  })

  test.each([
    [undefined, undefined, []],
    ['iam', ['sigv4'], [{ sigv4: [] }]],
    ['keys', ['bearer', 'apiKey'], [{ bearer: [] }, { apiKey: [] }]],
    ['jwt', ['bearer'], [{ bearer: [] }]],
  ] as const)('says how callers of %s say who they are', (callers, schemes, security) => {
    const platform = { ...laptop, ...(callers && { callers }) }
    const document = versionDocument(versionOf('1.0.0', churn), platform)
    expect(document.servers).toEqual([{ url: 'http://localhost:8080' }])
    expect(document.security).toEqual(security)
    expect(document.components.securitySchemes && Object.keys(document.components.securitySchemes)).toEqual(
      schemes,
    )
  })
})

describe('a model', () => {
  const record: ModelRecord = {
    model: 'churn',
    rev: 9,
    head: '',
    accepted: ['1.0.0', '1.10.0', '2.0.0'],
    aliases: {
      live: {
        stable: '2.0.0',
        previous: '1.10.0',
        by: 'a',
        canary: { version: '2.1.0', weightPercent: 10, rollout: 'r', step: 0 },
      },
      staging: { stable: '2.1.0', by: 'b' },
    },
  }
  const deprecation = {
    at: '2026-03-01T00:00:00Z',
    sunset: '2026-09-01T00:00:00Z',
    successor: '2.0.0',
    reason: 'old',
  }
  const versions = [
    versionOf('1.0.0', cancer, { deprecation }),
    versionOf('1.10.0', cancer),
    versionOf('2.0.0', churn),
    versionOf('2.1.0', churn),
    versionOf('2.1.0-rc.1', single),
  ]
  const document = modelDocument(record, versions, laptop)
  const schemaAt = (path: string) =>
    JSON.stringify(
      postOf(document, `/models/churn/${path}invocations`)?.requestBody.content['application/json']?.schema,
    )

  test('has live, its other aliases, every version that is ready and the ranges that resolve', () => {
    expect(Object.keys(document.paths)).toEqual(
      [
        '',
        'aliases/live/',
        'aliases/staging/',
        'aliases/previous/',
        'versions/2.1.0/',
        'versions/2.1.0-rc.1/',
        'versions/2.0.0/',
        'versions/1.10.0/',
        'versions/1.0.0/',
        'versions/1/',
        'versions/1.0/',
        'versions/1.10/',
        'versions/2/',
        'versions/2.0/',
      ].map((target) => `/models/churn/${target}invocations`),
    )
    expect(document.info).toEqual({ title: 'churn', version: '2.0.0' })
    expect(postOf(document, '/models/churn/invocations').description).toContain('10 % of the calls by 2.1.0')
  })

  test('has for each the schema of the version that answers there, named once a contract', () => {
    const [churns, cancers] = [
      '"#/components/schemas/PredictionRequest"',
      '"#/components/schemas/PredictionRequest1Dot10Dot0"',
    ]
    for (const path of ['', 'aliases/staging/', 'versions/2/', 'versions/2.1.0/'])
      expect(schemaAt(path)).toContain(churns)
    for (const path of ['aliases/previous/', 'versions/1/', 'versions/1.0.0/'])
      expect(schemaAt(path)).toContain(cancers)
    expect(schemaAt('versions/2.1.0-rc.1/')).toContain('PredictionRequest2Dot1Dot0DashrcDot1"')
    expect(
      Object.keys(document.components.schemas).filter((name) => name.startsWith('Prediction')),
    ).toHaveLength(9)
  })

  test('is valid OpenAPI 3.1, by a validator that is not ours', async () => {
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true })
  })

  test('has a name of its own for every call', () => {
    const names = Object.keys(document.paths).map((path) => postOf(document, path).operationId)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => !/^[A-Za-z][A-Za-z0-9]*$/.test(name))).toEqual([])
  })

  test('marks a deprecated version wherever it answers, and says where to go', () => {
    const deprecated = Object.keys(document.paths).filter((path) => postOf(document, path).deprecated)
    expect(deprecated).toEqual([
      '/models/churn/versions/1.0.0/invocations',
      '/models/churn/versions/1.0/invocations',
    ])
    expect(postOf(document, deprecated[0] ?? '').description).toBe(
      '1.0.0 is deprecated, and answers until 2026-09-01T00:00:00Z: old. Go to 2.0.0.',
    )
  })

  test('without a ready version cannot be called', () => {
    expect(refusal(() => modelDocument(record, [], laptop)).code).toBe('version-not-ready')
  })
})

describe('a version that does not say what it takes', () => {
  const opaque = (more: Partial<CalledVersion> = {}): CalledVersion => ({
    model: 'churn',
    version: '2.0.0',
    ...more,
  })

  test('has bodies of any kind, both ways, and every problem', async () => {
    const document = versionDocument(opaque(), laptop)
    const { requestBody, responses } = only(document)
    expect(requestBody.content).toEqual({ '*/*': {} })
    expect(responses['200']?.content).toEqual({ '*/*': {} })
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['422', '502', '504', 'default']))
    expect(Object.keys(document.components.schemas)).toEqual(['Problem'])
    expect((await new Validator().validate(document)).errors).toBeUndefined()
  })

  test('shows a call that it has answered', () => {
    const { requestBody, responses } = only(
      versionDocument(opaque({ sample: { request: [1], answer: { a: 2 } } }), laptop),
    )
    expect(requestBody.content['application/json']?.examples).toEqual({ recorded: { value: [1] } })
    expect(responses['200']?.content['application/json']?.examples).toEqual({ recorded: { value: { a: 2 } } })
  })

  test('stands beside those that do', async () => {
    const record: ModelRecord = { model: 'churn', rev: 1, head: '', aliases: {}, accepted: [] }
    const document = modelDocument(record, [opaque(), versionOf('1.0.0', churn)], laptop)
    expect(postOf(document, '/models/churn/versions/2.0.0/invocations').requestBody.content).toEqual({
      '*/*': {},
    })
    expect(Object.keys(document.components.schemas)).toContain('PredictionRequest1Dot0Dot0')
    expect((await new Validator().validate(document)).errors).toBeUndefined()
  })
})
