import { expect, test } from '@jest/globals'
import type { Building, PackInput, Ports } from '../../lambdas/ports.ts'
import { packImage } from '../../lambdas/release/pack-image.ts'
import type { Image } from '../../lib/rules/model-version.ts'
import { openDatabase } from '../../local/database.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { claimedBy } from '../harness/records.ts'
import { settingsWith } from '../harness/settings.ts'
import { operationOf } from '../machines/stage.ts'

const operation = operationOf('release')
const signature = { inputs: [], outputs: [] }

/** A release up to its packing, and images that come after some looks. */
async function world(answers: readonly (Image | Building)[]) {
  const registry = new SqliteRegistry(openDatabase(':memory:'))
  await registry.open(operation)
  await registry.claim(
    claimedBy(operation, {
      artifact: { digest: 'sha256:00', sizeBytes: 0, files: [] },
      manifest: { runtime: 'python', host: { kind: 'lambda' } } as never,
      signature,
      entry: 'model.joblib',
      requirements: 'six==1.17.0',
    }),
  )
  const asked: PackInput[] = []
  const pack = async (input: PackInput) => {
    asked.push(input)
    return answers[asked.length - 1] as Image | Building
  }
  const ports = {
    registry,
    clock: { now: () => Date.parse(operation.startedAt) },
    settings: settingsWith({ platform: 'sluice', lookIntervalMs: 5, pollIntervalMs: 5 }),
    images: { pack },
  } as unknown as Ports
  return { registry, asked, step: packImage(ports) }
}

test('what is being made for an image is told as it changes, each once', async () => {
  const texts = ['resolving 1 requirement', 'resolving 1 requirement', 'installing 12 packages']
  const image = { digest: `sha256:${'1'.repeat(64)}`, uri: 'image' }
  const { registry, asked, step } = await world([...texts.map((building) => ({ building })), image])
  for (const _ of texts)
    expect(await step({ operation: operation.id, execution: 0 })).toEqual({
      status: 'building',
      waitUntil: expect.any(String),
    })
  expect(await step({ operation: operation.id, execution: 0 })).toEqual({ status: 'packed' })
  const told = (await registry.operation(operation.id))?.progress.map(({ text }) => text)
  expect(told?.slice(-3)).toEqual([
    'resolving 1 requirement',
    'installing 12 packages',
    'packed image sha256:111111111111',
  ])
  expect(asked[0]).toMatchObject({ signature, entry: 'model.joblib', requirements: 'six==1.17.0' })
  expect((await registry.version(operation.model, operation.version))?.image).toEqual(image)
})
