import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { findLostUploads } from '../../lambdas/monitoring/find-lost-uploads.ts'
import type { Ports, Upload } from '../../lambdas/ports.ts'
import type { VersionState } from '../../lib/rules/model-version.ts'
import type { Operation } from '../../lib/rules/operation.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { versionRecord } from '../harness/records.ts'

let database: ReturnType<typeof openDatabase>
let registry: SqliteRegistry
beforeEach(() => {
  database = openDatabase(':memory:')
  registry = new SqliteRegistry(database)
})
afterEach(() => database.close())

/** List a store with these keys. @returns what was looked at more closely, and what was released */
async function list(...keys: readonly string[]) {
  const listed: string[] = []
  const started: string[] = []
  const ports = {
    registry,
    clock: { now: () => Date.parse('2026-03-01T10:00:00Z') },
    store: {
      keys: async () => keys,
      listing: async ({ model, version }: Upload) => {
        listed.push(`${model} ${version}`)
        return [{ path: 'model.onnx', size: 1, tag: 'x', modifiedAt: 0 }]
      },
    },
    workflows: {
      start: async ({ model, version }: Operation) => {
        started.push(`${model} ${version}`)
      },
    },
  } as unknown as Ports
  await findLostUploads(ports, 'listing')
  return { listed, started }
}

test('an upload that nobody has heard of is released, whether a folder or a file', async () => {
  const released = ['churn 1.0.0', 'other 2.0.0']
  const found = await list(
    'models/churn/1.0.0/model.onnx',
    'models/churn/1.0.0/model.yaml',
    'models/other/2.0.0.onnx',
  )
  expect(found).toEqual({ listed: released, started: released })
})

test('what failed is looked at again, and released where it is another upload', async () => {
  await registry.claim(versionRecord('churn', '1.0.0', { state: 'FAILED' }))
  expect((await list('models/churn/1.0.0/model.onnx')).started).toEqual(['churn 1.0.0'])
})

test.each<VersionState>(['CREATING', 'READY', 'RETIRED', 'DELETING'])(
  'what is %s is not looked at: it would cost a listing for each version, four times an hour',
  async (state) => {
    await registry.claim(versionRecord('churn', '1.0.0', { state }))
    await registry.claim(versionRecord('other', '1.0.0'))
    const found = await list('models/churn/1.0.0/model.onnx', 'models/churn/1.1.0/model.onnx')
    expect(found).toEqual({ listed: ['churn 1.1.0'], started: ['churn 1.1.0'] })
  },
)

test('what is no release keeps nothing from being found', async () => {
  const found = await list('models/Churn/1.0.0/model.onnx', 'models/churn', 'models/churn/1.0.0.onnx')
  expect(found.started).toEqual(['churn 1.0.0'])
})
