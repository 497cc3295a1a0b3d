import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { findBreak, type HistoryEntry } from '../../lib/rules/audit.ts'
import type { problemPages } from '../../lib/rules/problem-pages.ts'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import { readJsonBody } from '../../lib/rules/tabular-body.ts'
import { problemIn } from '../harness/problem-document.ts'
import { operationRecord, versionRecord } from '../harness/records.ts'
import { churn, Rig } from './rig.ts'

let rig: Rig
beforeEach(() => {
  rig = new Rig()
})
afterEach(() => rig.close())

async function read<T = Record<string, unknown>>(path: string): Promise<T> {
  const response = await rig.get(path)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  return (await response.json()) as T
}

test('/health tells that the platform is there, which it is, and where to upload', async () => {
  expect(await read('/health')).toEqual({ status: 'ok', platform: 'sluice', store: 'file:///the/store' })
})

describe('/models', () => {
  test('is empty before anything was uploaded', async () => {
    expect(await read('/models')).toEqual({ models: [] })
  })

  test('tells of every model what is live, what is on its way, and what is newest by semver', async () => {
    for (const version of ['1.9.0', '1.10.0', '1.10.0-rc.1']) await rig.release(version)
    await rig.promote('1.9.0')
    await rig.startCanary('1.10.0', 25)
    await rig.registry.claim(versionRecord('absent-minded', '0.1.0', { state: 'FAILED' }))
    expect(await read('/models')).toEqual({
      models: [
        { model: 'absent-minded', versions: 1, newest: { version: '0.1.0', state: 'FAILED' } },
        {
          model: 'churn',
          live: '1.9.0',
          canary: { version: '1.10.0', weightPercent: 25 },
          versions: 3,
          newest: { version: '1.10.0', state: 'READY' },
        },
      ],
    })
  })
})

describe('/models/{model}', () => {
  test('tells its aliases, its versions newest first, and its latest operations', async () => {
    for (const version of ['1.0.0', '1.1.0']) await rig.release(version)
    await rig.promote('1.0.0')
    for (let i = 0; i < 12; i += 1)
      await rig.registry.open(operationRecord(`op-${i}`, { startedAt: `2026-03-01T10:${10 + i}:00.000Z` }))
    const found = await read('/models/churn')
    const record = await rig.registry.model('churn')
    expect(found).toMatchObject({
      model: 'churn',
      rev: 3,
      head: record?.head,
      aliases: { live: { stable: '1.0.0' } },
      accepted: ['1.0.0'],
      versions: [
        { version: '1.1.0', state: 'READY', digest: 'sha256:artifact-of-1.1.0', sizeBytes: 942 },
        { version: '1.0.0', state: 'READY' },
      ],
    })
    const operations = found['operations'] as { id: string }[]
    expect(operations.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, i) => `op-${11 - i}`))
  })

  test('is there from the first claim on, and tells why a release failed', async () => {
    const problem = { code: 'golden-check-failed', detail: 'it lied', errors: [] } as const
    await rig.registry.claim(versionRecord('fresh', '1.0.0', { state: 'FAILED', problem }))
    expect(await read('/models/fresh')).toMatchObject({
      rev: 0,
      aliases: {},
      accepted: [],
      versions: [{ version: '1.0.0', state: 'FAILED', problem }],
    })
  })
})

describe('/models/{model}/versions', () => {
  const order = ['2.0.0', '1.10.0', '1.9.0', '1.9.0-rc.2', '1.9.0-rc.1']

  test('lists them newest first, by semver', async () => {
    for (const version of order.toSorted()) await rig.release(version)
    const { versions } = await read<{ versions: { version: string }[] }>('/models/churn/versions')
    expect(versions.map(({ version }) => version)).toEqual(order)
  })

  test('tells of one what it is, and not where its bytes and its endpoint lie', async () => {
    await rig.release('1.0.0', 'source: {git: 3f2c, metrics: {auc: 0.91}}')
    const found = await read('/models/churn/versions/1.0.0')
    expect(found).toMatchObject({
      model: 'churn',
      version: '1.0.0',
      state: 'READY',
      readyAt: '2026-03-01T10:00:00.000Z',
      digest: 'sha256:artifact-of-1.0.0',
      image: 'sha256:image-of-1.0.0',
      host: 'process',
      signature: churn,
      manifest: { runtime: 'onnx', source: { git: '3f2c', metrics: { auc: 0.91 } } },
      files: [{ path: 'model.onnx', size: 942, sha256: 'ab'.repeat(32) }],
      operation: 'release-1.0.0',
    })
    for (const path of ['/models/churn/versions/1.0.0', '/models/churn/versions', '/models/churn'])
      expect(JSON.stringify(await read(path))).not.toMatch(/secret|churn-1\.0\.0/)
  })
})

describe('/models/{model}/history', () => {
  const minutes = (after: number) =>
    new Date(Date.parse('2026-03-01T10:00:00Z') + after * 60_000).toISOString()

  beforeEach(async () => {
    await rig.release('1.0.0')
    rig.now += 60_000
    await rig.promote('1.0.0')
    rig.now += 60_000
    await rig.release('1.1.0')
    await rig.startCanary('1.1.0', 10)
    rig.now += 60_000
    await rig.promote('1.1.0')
  })

  test('tells every entry, oldest first, in a chain that holds up to the head', async () => {
    const { entries } = await read<{ entries: HistoryEntry[] }>('/models/churn/history')
    expect(entries.map(({ kind }) => kind)).toEqual([
      'released',
      'promoted',
      'released',
      'canary-started',
      'promoted',
    ])
    const anchor = await read<{ rev: number; head: string }>('/models/churn')
    expect(findBreak(entries, anchor)).toBeUndefined()
  })

  test.each([
    [-1, undefined, undefined],
    [0, undefined, undefined],
    [0.99, undefined, undefined],
    [1, '1.0.0', undefined],
    [1.5, '1.0.0', undefined],
    [2, '1.0.0', '1.1.0'],
    [2.9, '1.0.0', '1.1.0'],
    [3, '1.1.0', undefined],
    [1e6, '1.1.0', undefined],
  ])('tells what was served %d minutes after the beginning', async (after, stable, canary) => {
    const at = minutes(after)
    const served = await read<{ at: string; aliases: Record<string, Record<string, unknown>> }>(
      `/models/churn/history?at=${encodeURIComponent(at)}`,
    )
    expect(served.at).toBe(at)
    expect(served.aliases['live']?.['stable']).toBe(stable)
    expect((served.aliases['live']?.['canary'] as { version?: string } | undefined)?.version).toBe(canary)
  })

  test('understands a time of another zone', async () => {
    const at = encodeURIComponent('2026-03-01T12:01:30+02:00')
    expect(await read(`/models/churn/history?at=${at}`)).toMatchObject({
      at: '2026-03-01T10:01:30.000Z',
      aliases: { live: { stable: '1.0.0' } },
    })
  })

  test.each(['yesterday', '', '2026-13-01', '%00'])('refuses the time %j', async (at) => {
    await problemIn(await rig.get(`/models/churn/history?at=${at}`), 'request-malformed')
  })
})

describe('operations', () => {
  test('of a model are listed newest first, whole', async () => {
    await rig.release('1.0.0')
    const operations = [1, 2].map((i) =>
      operationRecord(`op-${i}`, { startedAt: `2026-03-01T10:0${i}:00.000Z` }),
    )
    for (const operation of operations) await rig.registry.open(operation)
    expect(await read('/models/churn/operations')).toEqual({ operations: operations.toReversed() })
  })

  test('are each found by their id', async () => {
    const operation = operationRecord('op-1', { progress: [{ at: 'now', text: 'half way' }] })
    await rig.registry.open(operation)
    expect(await read('/operations/op-1')).toEqual(operation)
  })
})

describe('openapi.json', () => {
  interface Document {
    readonly openapi: string
    readonly info: unknown
    readonly paths: Record<string, Record<string, Operation>>
    readonly components: { readonly schemas: Record<string, object> }
  }
  interface Operation {
    readonly requestBody: { readonly content: Record<string, { readonly schema: object }> }
    readonly responses: Record<string, { readonly description?: string; readonly $ref?: string }>
  }
  const path = '/models/churn/versions/1.0.0/openapi.json'

  beforeEach(() => rig.release('1.0.0'))

  /** A check by a part of the document, its references resolved inside the document. */
  async function schemaAt(pick: (document: Document) => object) {
    const document = await read<Document>(path)
    const ajv = new Ajv2020({ strict: false })
    const resolved = JSON.stringify(pick(document)).replaceAll('"#/', '"https://sluice.test/document#/')
    ajv.addSchema(document, 'https://sluice.test/document')
    return ajv.compile(JSON.parse(resolved))
  }
  const requestSchema = (document: Document) =>
    document.paths['/models/churn/versions/1.0.0/invocations']?.['post']?.requestBody.content[
      'application/json'
    ]?.schema ?? { not: {} }

  test('is an OpenAPI 3.1 document of this version’s path', async () => {
    const document = await read<Document>(path)
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'churn', version: '1.0.0' } })
    expect(Object.keys(document.paths)).toEqual(['/models/churn/versions/1.0.0/invocations'])
    const [operation] = Object.values(document.paths).flatMap(({ post }) => post ?? [])
    expect(operation).toMatchObject({ operationId: 'predict', requestBody: { required: true } })
    for (const [status, response] of Object.entries(operation?.responses ?? {})) {
      expect(status).toMatch(/^(?:[1-5]\d\d|default)$/)
      expect(response.description ?? response.$ref).toMatch(/\w/)
    }
    expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['200', 'default']))
  })

  test('names nothing that it does not hold', async () => {
    const document = await read<Document>(path)
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, at]) => at)
    expect(references.length).toBeGreaterThan(0)
    for (const reference of references) {
      const found = reference?.split('/').reduce<unknown>((part, key) => {
        return (part as Record<string, unknown> | undefined)?.[key]
      }, document)
      expect(found).toBeDefined()
    }
  })

  const record = { tenure: 3, plan: 'gold' }
  test.each<[unknown]>([
    [record],
    [[record, record]],
    [{ instances: [record] }],
    [{ tenure: 3 }],
    [{ tenure: '3', plan: 'gold' }],
    [{ tenure: 3.5, plan: 'gold' }],
    [{ tenure: 2 ** 31, plan: 'gold' }],
    [{ tenure: 2 ** 31 - 1, plan: 'gold' }],
    [{ tenure: 3, plan: 'silver' }],
    [{ tenure: 3, plan: 'gold', more: 1 }],
    [[]],
    [[record, { tenure: 3 }]],
    [{ instances: [] }],
    [{ instances: [{ plan: 'gold' }] }],
    [null],
    ['gold'],
    [7],
  ])('allows what the router allows, and nothing else: %j', async (body) => {
    const validate = requestValidator(churn)
    const isTaken = () => {
      try {
        return validate(readJsonBody(JSON.stringify(body), churn)).length > 0
      } catch {
        return false
      }
    }
    const allows = await schemaAt(requestSchema)
    expect(allows(body)).toBe(isTaken())
  })

  test('describes what is answered, and every problem as it is', async () => {
    const prediction = await schemaAt(({ components }) => components.schemas['Prediction'] ?? { not: {} })
    expect(prediction(0.5)).toBe(true)
    expect(prediction('0.5')).toBe(false)
    const problem = await schemaAt(({ components }) => components.schemas['Problem'] ?? { not: {} })
    expect(problem(await (await rig.get('/models/nobody')).json())).toBe(true)
    expect(problem({ title: 'no code' })).toBe(false)
  })

  test.each([
    ['CREATING', 'version-not-ready'],
    ['FAILED', 'version-not-ready'],
    ['RETIRED', 'version-retired'],
  ] as const)('is refused where the version is %s', async (state, code) => {
    await rig.registry.claim(versionRecord('churn', '2.0.0', { state }))
    await problemIn(await rig.get('/models/churn/versions/2.0.0/openapi.json'), code)
  })
})

describe('what is not there', () => {
  test.each<[string, keyof typeof problemPages]>([
    ['/models/nobody', 'model-unknown'],
    ['/models/nobody/versions', 'model-unknown'],
    ['/models/nobody/history', 'model-unknown'],
    ['/models/nobody/operations', 'model-unknown'],
    ['/models/nobody/versions/1.0.0', 'version-unknown'],
    ['/models/churn/versions/9.9.9', 'version-unknown'],
    ['/models/churn/versions/9.9.9/openapi.json', 'version-unknown'],
    ['/models/churn/versions/1', 'version-malformed'],
    ['/models/churn/versions/newest', 'version-malformed'],
    ['/models/Churn', 'model-name-malformed'],
    ['/models/constructor', 'model-name-malformed'],
    ['/operations/nothing', 'operation-unknown'],
    ['/operations/constructor', 'operation-unknown'],
    ['/', 'path-unknown'],
    ['/nowhere', 'path-unknown'],
    ['/models/churn/nowhere', 'path-unknown'],
    ['/models/churn/', 'path-unknown'],
    ['/models/churn/invocations', 'path-unknown'],
  ])('%s is refused as %s', async (path, code) => {
    await rig.release('1.0.0')
    expect((await problemIn(await rig.get(path), code)).instance).toBe(path)
  })

  test.each([
    ['POST', '/models'],
    ['PUT', '/models/churn'],
    ['DELETE', '/models/churn'],
    ['PATCH', '/models/churn/versions/1.0.0'],
    ['GET', '/models/churn/promotions'],
  ])('%s %s is refused', async (method, path) => {
    await rig.release('1.0.0')
    const { detail } = await problemIn(await rig.call(method, path), 'path-unknown')
    expect(detail).toContain(`${method} ${path}`)
  })
})
