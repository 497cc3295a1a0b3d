import { expect, test } from '@jest/globals'
import type { Ports } from '../../lambdas/ports.ts'
import { inspectArtifact } from '../../lambdas/release/inspect-artifact.ts'
import { operationRecord, versionRecord } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'

const contents: Readonly<Record<string, string>> = {
  'model.yaml': 'capture: {samplePercent: 5}\n',
  Dockerfile: 'FROM scratch\n',
}
const files = Object.entries(contents).map(([path, text]) => ({
  path,
  size: text.length,
  sha256: '',
  ref: path,
}))

/** What becomes of a release once its artifact is inspected. */
async function inspected(recordsCalls: boolean): Promise<unknown> {
  const changed: unknown[] = []
  const record = versionRecord('churn', '1.0.0', { artifact: { digest: 'sha256:x', sizeBytes: 9, files } })
  const ports = {
    settings: settingsWith({ recordsCalls }),
    clock: { now: () => 0 },
    store: { read: async ({ path }: { path: string }) => new TextEncoder().encode(contents[path]) },
    registry: {
      operation: async () => operationRecord('release-1'),
      replaceOperation: async () => true,
      version: async () => record,
      changeVersion: async (_: string, { facts }: { facts: unknown }) => changed.push(facts) > 0,
    },
  } as unknown as Ports
  await inspectArtifact(ports)({ operation: 'release-1', execution: 1 })
  return changed[0]
}

test('a release that asks for records goes on where the platform records calls', async () => {
  expect(await inspected(true)).toMatchObject({ manifest: { capture: { samplePercent: 5 } } })
})

test('and fails where it does not, before anything is made', async () => {
  await expect(inspected(false)).rejects.toMatchObject({ code: 'recording-off' })
})
