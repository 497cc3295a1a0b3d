import { afterEach, expect, jest, test } from '@jest/globals'
import type { PlatformClient } from '../../cli/platform-client.ts'
import { Talk } from '../../cli/terminal/talk.ts'
import { drift } from '../../cli/verbs/drift.ts'
import { driftOf } from '../../lambdas/monitoring/drift-view.ts'
import { DriftWorld, recorded } from '../monitoring/drift-world.ts'

afterEach(() => {
  jest.restoreAllMocks()
})

test('the columns of a version stand in a table, the one that moved first, with bars of then and now', async () => {
  const world = new DriftWorld()
  await world.release('1.0.0', recorded)
  await world.serve('1.0.0')
  await world.baseline('1.0.0')
  for (const shift of [0, -8, -8]) world.hour('1.0.0', 300, shift)
  await world.look()
  const said: string[] = []
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const platform = {
    drift: (model: string, version?: string) => driftOf(world.ports, model, version),
    model: (model: string) => world.registry.model(model),
  } as unknown as PlatformClient
  expect(await drift({ talk: new Talk(false), platform }, 'churn', {})).toBe(0)
  const text = said.join('')
  expect(text).toContain('baseline   2000 rows of baseline.csv')
  expect(text).toContain('windows    .!!')
  expect(text).toMatch(/OPEN {7}since 2026-03-01T11:00:00\.000Z: `tenure` moved from median/)
  expect(text).toContain('told       drift:churn@1.0.0:2026-03-01T12-00-00Z')
  const rows = text.split('\n').slice(text.split('\n').findIndex((line) => line.startsWith('COLUMN')) + 1)
  expect(rows[0]).toMatch(
    /^tenure +input [▁▂▃▄▅▆▇█ ]*[▂▃▄▅▆▇█][▁▂▃▄▅▆▇█ ]* +kolmogorov-smirnov +[\d.]+ of 0\.1 +drifted$/,
  )
  expect(rows.slice(1, 3).map((row) => row.trim().split(/\s+/).at(-1))).toEqual(['steady', 'steady'])
})
