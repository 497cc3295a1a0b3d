import { expect, test } from '@jest/globals'
import { manifestSchema } from '../../lib/rules/manifest.ts'
import { nextStage, type VersionRecord } from '../../lib/rules/model-version.ts'

const claimed: VersionRecord = {
  model: 'churn',
  version: '1.4.0',
  state: 'CREATING',
  owner: 'release-1',
  createdAt: '2026-01-01T00:00:00.000Z',
  upload: 'u1',
}
const frozen = { ...claimed, artifact: { digest: 'sha256:a', sizeBytes: 0, files: [] } }
const inspected: VersionRecord = {
  ...frozen,
  manifest: { ...manifestSchema.parse({}), model: 'churn', version: '1.4.0', runtime: 'onnx' },
}
const packed: VersionRecord = { ...inspected, image: { digest: 'sha256:b', uri: 'repository@sha256:b' } }
const deployed: VersionRecord = { ...packed, endpoint: { host: 'process', name: 'sluice-churn-1' } }

test.each([
  ['was claimed', claimed, 'freeze'],
  ['was frozen', frozen, 'inspect'],
  ['was inspected', inspected, 'pack'],
  ['was packed', packed, 'deploy'],
  ['has an endpoint that was not proven yet', deployed, 'deploy'],
  ['is ready', { ...deployed, state: 'READY' } as const, 'ready'],
] as const)('a release that %s goes on where it stopped', (_, version, stage) => {
  expect(nextStage(version)).toBe(stage)
})
