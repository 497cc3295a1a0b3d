import { beforeAll, expect, test } from '@jest/globals'
import type { Ports } from '../../lambdas/ports.ts'
import { checkEndpoint } from '../../lambdas/release/check-endpoint.ts'
import { freezeArtifact } from '../../lambdas/release/freeze-artifact.ts'
import { packImage } from '../../lambdas/release/pack-image.ts'
import type { AnyStep } from '../../lambdas/steps.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { StepName } from '../../lib/wiring/handler-names.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import type { ExtractedMachines } from '../../local/state-machines.ts'
import { machinesOfTemplate } from '../harness/machines.ts'
import { claimedBy } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'
import { type Act, operationOf, play, smooth, soon } from './stage.ts'

let machines: ExtractedMachines

beforeAll(async () => {
  machines = await machinesOfTemplate()
})

const operation = operationOf('release')

/** A version as far as its release has come. Only what the step reads is there. */
const sofar: { readonly [step in StepName]?: Partial<VersionRecord> } = {
  freezeArtifact: {},
  packImage: {
    artifact: { digest: 'sha256:00', sizeBytes: 0, files: [] },
    manifest: { runtime: 'onnx', host: { kind: 'lambda' } } as never,
    signature: { inputs: [], outputs: [] },
  },
  checkEndpoint: {
    image: { digest: 'sha256:11', uri: 'image' },
    endpoint: { host: 'lambda', name: 'endpoint' },
  },
}

/** A world in which nothing is ever finished, a day after the operation gave up. */
async function slowWorld(record: Partial<VersionRecord>): Promise<Ports> {
  const registry = new SqliteRegistry(openDatabase(':memory:'))
  await registry.open(operation)
  await registry.claim(claimedBy(operation, record))
  return {
    registry,
    clock: { now: () => operation.deadline + 24 * 3600 * 1000 },
    settings: settingsWith({ lookIntervalMs: 5, pollIntervalMs: 5 }),
    images: { pack: async () => ({ building: 'building the onnx runtime' }) },
    host: { describe: async () => ({ state: 'creating' }) },
    store: { listing: async () => [] },
  } as unknown as Ports
}

/** Far more looks than are needed to see that nobody ends the loop. */
const enough = 10

// `Operation.deadline`: "after this the operation gives up". A loop that nobody ends takes the 25,000 events that Step
// Functions allows an execution, which then dies without its cleaning step.
test.each<[StepName, string, (ports: Ports) => unknown]>([
  ['freezeArtifact', 'frozen', freezeArtifact],
  ['packImage', 'packed', packImage],
  ['checkEndpoint', 'active', checkEndpoint],
])('a release whose %s is still waiting after its deadline gives up', async (name, done, stepOver) => {
  const step = stepOver(await slowWorld(sofar[name] ?? {})) as AnyStep
  const patiently: Act = async (visit, input) => {
    if (visit >= enough) return { status: done }
    // The clock of this world is a day ahead: its waits are shortened.
    return { ...(await step(input)), waitUntil: soon() }
  }
  const played = await play(machines, 'release', { ...smooth.release, [name]: patiently })
  expect(played.path.filter((one) => one === name)).toHaveLength(1)
  expect(played.path.at(-1)).toBe('failRelease')
  expect(played.calls.at(-1)?.input['failure']).toMatchObject({ Error: 'Problem' })
})
