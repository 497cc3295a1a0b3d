import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { homeAt } from '../../local/home.ts'
import { StoreWatcher } from '../../local/store-watcher.ts'
import { until } from '../harness/until.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-watched-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a file that could not be taken in is told of again, until it is', async () => {
  const home = homeAt(folder)
  const told: string[] = []
  const faults: unknown[] = []
  const takeIn = async (key: string) => {
    told.push(key)
    if (told.length === 1) throw new Error('the disk is full')
  }
  const watcher = new StoreWatcher(
    home,
    takeIn,
    () => {},
    (fault) => faults.push(fault),
  )
  await watcher.ready
  mkdirSync(join(home.store, 'models', 'churn'))
  writeFileSync(join(home.store, 'models', 'churn', '1.0.0.onnx'), 'bytes')
  await until('it is told twice', () => told.length === 2)
  expect(told).toEqual(['models/churn/1.0.0.onnx', 'models/churn/1.0.0.onnx'])
  expect(faults).toEqual([expect.objectContaining({ message: 'the disk is full' })])
  await watcher.stop()
})
