import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { MonitoringStore } from '../../lambdas/monitoring-ports.ts'

export interface MonitoringWorld {
  readonly monitoring: MonitoringStore
  close(): Promise<void>
}

/** What every store of monitoring's documents keeps its word on, in whatever world. */
export function monitoringStoreContract(world: string, make: () => Promise<MonitoringWorld>): void {
  describe(`the monitoring store of ${world}`, () => {
    let made: MonitoringWorld

    beforeAll(async () => {
      made = await make()
    })
    afterAll(() => made.close())

    test('has nothing where nothing was written, and removes it twice', async () => {
      expect(await made.monitoring.read('none/1.0.0/baseline.json')).toBeUndefined()
      expect(await made.monitoring.list('none/')).toEqual([])
      await made.monitoring.remove('none/1.0.0/baseline.json')
    })

    test('gives back what was written last', async () => {
      await made.monitoring.write('churn/1.0.0/baseline.json', '{"a":1}')
      await made.monitoring.write('churn/1.0.0/baseline.json', '{"a":"ü"}')
      expect(await made.monitoring.read('churn/1.0.0/baseline.json')).toBe('{"a":"ü"}')
      await made.monitoring.remove('churn/1.0.0/baseline.json')
      expect(await made.monitoring.read('churn/1.0.0/baseline.json')).toBeUndefined()
    })

    test('lists what begins so, in order, whatever else there is', async () => {
      const keys = [
        'iris/1.0.0/windows/b.json',
        'iris/1.0.0/windows/a.json',
        'iris/1.0.0/x.json',
        'iris2/y.json',
      ]
      for (const key of keys) await made.monitoring.write(key, '{}')
      expect(await made.monitoring.list('iris/1.0.0/windows/')).toEqual([
        'iris/1.0.0/windows/a.json',
        'iris/1.0.0/windows/b.json',
      ])
      expect(await made.monitoring.list('iris/')).toEqual([...keys.slice(0, 3)].sort())
    })
  })
}
