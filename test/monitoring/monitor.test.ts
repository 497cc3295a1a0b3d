import { expect, test } from '@jest/globals'
import { monitor } from '../../lambdas/monitoring/monitor.ts'
import type { Ports } from '../../lambdas/ports.ts'
import { monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import { DriftWorld } from './drift-world.ts'

async function world(): Promise<DriftWorld> {
  const world = new DriftWorld()
  await world.release('1.0.0')
  await world.serve('1.0.0')
  await world.baseline('1.0.0')
  for (const shift of [0, -8, -8]) world.hour('1.0.0', 300, shift)
  return world
}
const portsOf = (world: DriftWorld, more: Partial<Ports> = {}) =>
  ({ ...world.ports, ...more }) as unknown as Ports

test('a turn looks at what is recorded, and reads every version once', async () => {
  const watched = await world()
  let reads = 0
  const registry = new Proxy(watched.registry, {
    get: (target, name) => {
      if (name === 'versions' || name === 'modelNames') reads += 1
      const member = Reflect.get(target, name, target) as unknown
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const came = await monitor(portsOf(watched, { registry }), { graceMs: 0 })
  expect(came).toEqual({ windows: 3, raised: 1, cleared: 0, givenUp: 0, joined: 0, broken: [] })
  expect(reads).toBe(2)
})

test('one job that fails keeps no other from its turn, and is told', async () => {
  const watched = await world()
  const { documents } = watched
  const monitoring: Ports['monitoring'] = {
    read: (key) => documents.read(key),
    write: (key, text) => documents.write(key, text),
    remove: (key) => documents.remove(key),
    list: async (prefix) => {
      if (prefix === monitoringKeys.newFeedbacks('churn')) throw new Error('no disk')
      return documents.list(prefix)
    },
  }
  const came = await monitor(portsOf(watched, { monitoring }), { graceMs: 0 })
  expect(came).toMatchObject({ windows: 3, joined: 0 })
  expect(came.broken).toContain('feedback was not joined: no disk')
})

test('a registry that cannot be read is told, and nothing is done', async () => {
  const registry = { modelNames: () => Promise.reject(new Error('locked')) } as unknown as Ports['registry']
  expect(await monitor(portsOf(await world(), { registry }))).toEqual({
    ...{ windows: 0, raised: 0, cleared: 0, givenUp: 0, joined: 0 },
    broken: ['the versions could not be read: locked'],
  })
})

test('what is too old is removed only where it is looked for', async () => {
  const watched = await world()
  const forgotten = () => watched.documents.read(monitoringKeys.forgotten('churn'))
  await monitor(portsOf(watched), { isForgetting: false })
  expect(await forgotten()).toBeUndefined()
  await monitor(portsOf(watched))
  expect(await forgotten()).toContain('atMs')
})
