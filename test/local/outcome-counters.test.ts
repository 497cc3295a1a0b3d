import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openCounters } from '../../local/database.ts'
import { OutcomeCounters } from '../../local/outcome-counters.ts'
import { until } from '../harness/until.ts'

let folder: string
let database: DatabaseSync
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-counters-'))
  database = openCounters(join(folder, 'outcomes.sqlite'))
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

const outcome = {
  model: 'churn',
  version: '1.0.0',
  rollout: 'r',
  step: 0,
  variant: 'canary',
  latencyMs: 1,
} as const
const written = () => Number(database.prepare('select count(*) as n from callers').get()?.['n'])

test('counts that a full disk does not take are told of once, kept, and written as soon as there is room', async () => {
  const faults: unknown[] = []
  const counters = new OutcomeCounters(database, (fault) => faults.push(fault))
  const pages = Number(database.prepare('pragma page_count').get()?.['page_count'])
  database.exec(`pragma max_page_count = ${pages}`)
  const callers = Array.from({ length: 500 }, (_, i) => `caller-${i}-${'x'.repeat(60)}`)
  for (const caller of callers) await counters.count({ ...outcome, caller, failed: caller.endsWith('0') })
  await until('it is told', () => faults.length > 0)
  // Twice more it is tried, and not told again.
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(faults).toEqual([expect.objectContaining({ code: 'disk-full' })])
  expect(written()).toBe(0)
  expect((await counters.counts('r')).get(0)?.canary.callers).toBe(500)

  database.exec('pragma max_page_count = 1000000')
  await until('they are written', () => written() === 500)
  counters.stop()
  const next = new OutcomeCounters(database)
  expect((await next.counts('r')).get(0)?.canary.callers).toBe(500)
  next.stop()
})
