import { afterEach, expect, jest, test } from '@jest/globals'
import type { PlatformClient } from '../../cli/platform-client.ts'
import { Talk } from '../../cli/terminal/talk.ts'
import { show } from '../../cli/verbs/show.ts'
import { modelDetails, modelSummary } from '../../lambdas/control/descriptions.ts'
import { defaultLimits, parseRolloutText } from '../../lib/rules/rollout.ts'
import type { Verdict } from '../../lib/rules/verdict.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import { operationRecord } from '../harness/records.ts'
import { DriftWorld, recorded } from '../monitoring/drift-world.ts'

afterEach(() => {
  jest.restoreAllMocks()
})

/** A model whose first version drifts since eleven, and whose second has a canary that waits. */
async function driftingModel(): Promise<DriftWorld> {
  const world = new DriftWorld()
  for (const version of ['1.0.0', '1.1.0']) await world.release(version, recorded)
  await world.serve('1.0.0')
  await world.baseline('1.0.0')
  for (const shift of [0, -8, -8]) world.hour('1.0.0', 300, shift)
  await world.look()
  const progress = { plan: parseRolloutText('canary:10%/60s'), limits: defaultLimits, step: 0, bakeEndsAt: 0 }
  const verdict: Verdict = {
    decision: 'hold',
    reason: 'too few to judge: 3 of 50 canary calls in this step',
    ...{ errorEvidence: 1, latencyEvidence: 1 },
  }
  const rollout = { ...progress, looks: 1, verdict }
  await world.registry.open(operationRecord('op-1', { version: '1.1.0', rollout }))
  await world.registry.open(operationRecord('op-0', { version: '1.0.0', rollout, state: 'rolled-back' }))
  return world
}

async function shown(world: DriftWorld, isJson: boolean): Promise<string> {
  const said: string[] = []
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const platform = {
    model: (model: string) => modelDetails(world.ports, model),
  } as unknown as PlatformClient
  expect(await show({ talk: new Talk(isJson), platform }, 'churn', undefined)).toBe(0)
  return said.join('')
}

test('show marks the versions that drift, since when, and tells what a rollout waits for', async () => {
  const text = await shown(await driftingModel(), false)
  expect(text).toMatch(/^1\.0\.0 +READY .* since 2026-03-01T11:00Z /m)
  expect(text).toMatch(/^1\.1\.0 +READY +\S+ \S+ +no +- +2026/m)
  expect(text).toMatch(/^op-1 +too few to judge: 3 of 50 canary calls in this step$/m)
  expect(text.match(/^op-0/gm)).toHaveLength(1)
})

test('show --json has both for programs, and neither where there is none', async () => {
  const { versions, operations } = JSON.parse(await shown(await driftingModel(), true))
  expect(versions.map(({ version, drift }: { version: string; drift?: object }) => [version, drift])).toEqual(
    [
      ['1.1.0', undefined],
      ['1.0.0', { since: '2026-03-01T11:00:00.000Z', columns: ['tenure'] }],
    ],
  )
  const waiting = new Map(
    operations.map(({ id, waitsFor }: { id: string; waitsFor?: string }) => [id, waitsFor]),
  )
  expect(waiting.get('op-1')).toContain('3 of 50')
  expect(waiting.get('op-0')).toBeUndefined()
})

test('a standing that cannot be read keeps nobody from being shown', async () => {
  const world = await driftingModel()
  await world.monitoring.write(monitoringKeys.breaches('churn', '1.0.0'), 'half of a docum')
  expect(await shown(world, false)).toMatch(/^1\.0\.0 +READY .* - +2026/m)
})

test('a line of the list of models says that what is live drifts', async () => {
  const { ports } = await driftingModel()
  expect(await modelSummary(ports, 'churn')).toMatchObject({
    live: '1.0.0',
    drift: { since: '2026-03-01T11:00:00.000Z', columns: ['tenure'] },
  })
})
