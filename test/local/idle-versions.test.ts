import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openDatabase } from '../../local/database.ts'
import { parkIdleVersions } from '../../local/idle-versions.ts'
import { SqliteRegistry } from '../../local/sqlite-registry.ts'
import { moveOf, readyRecord } from '../harness/records.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { until } from '../harness/until.ts'
import { churn } from '../serving/rig.ts'
import { UnrulyHost } from './hosting/unruly-host.ts'

const root = await temporaryFolder()
const database = openDatabase(':memory:')
const registry = new SqliteRegistry(database)
let world: UnrulyHost
beforeAll(() => {
  world = new UnrulyHost(join(root, 'home'))
})
afterAll(async () => {
  await world.stop()
  database.close()
})

/** A version of people's own code that runs, and that the registry knows. */
async function running(model: string, alias?: string) {
  const endpoint = await world.create(model)
  await registry.claim({ ...readyRecord(model, '1.0.0', churn), endpoint })
  if (alias !== undefined)
    await registry.commit(moveOf(undefined, model, { aliases: { [alias]: { stable: '1.0.0', by: 'p' } } }))
  await until(`${model} answers`, () => world.answers(endpoint))
  return endpoint
}
const park = (idleMs: number) =>
  parkIdleVersions({ registry, clock: { now: () => Date.now() } }, world.host, idleMs)
const processes = async () => (await world.processes()).length

test('a process that nobody needs is stopped when nobody has called it for long, and starts with a call', async () => {
  const needed = await running('needed', 'live')
  const old = await running('old')
  expect(await processes()).toBe(2)

  await park(60_000)
  expect(await processes()).toBe(2)

  await park(0)
  await until('one process is left', async () => (await processes()) === 1)
  expect(await world.lines(old)).toContain('it is stopped until somebody calls it')
  expect(await world.lines(needed)).not.toContain('it is stopped until somebody calls it')

  await until('it answers again', () => world.answers(old))
  expect(await processes()).toBe(2)
})

test('a process at work is not stopped', async () => {
  const busy = await running('busy')
  const call = world.call(busy, { x: [7] })
  expect(world.host.idle(0)).not.toContain(busy.name)
  await call
  expect(world.host.idle(0)).toContain(busy.name)
})
