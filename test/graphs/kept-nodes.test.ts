import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { liveNodes } from '../../lambdas/monitoring/live-nodes.ts'
import { askingGraphs } from '../../lambdas/retirement/asking-graphs.ts'
import { newModel } from '../../lib/rules/alias-move.ts'
import { upkeepOf } from '../../lib/rules/upkeep.ts'
import { readyRecord } from '../harness/records.ts'
import { Rig } from '../serving/rig.ts'
import { numeric, releaseGraph, releaseModels } from './graph-rig.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await releaseModels(rig, { plus: (x: number) => x, times: (x: number) => x, alone: (x: number) => x })
  await releaseGraph(rig, 'inner', '1.0.0', 'nodes: {a: {model: plus, version: 1.0.0}}\noutput: a\n')
  const outer =
    'nodes: {a: {model: inner, version: 1.0.0}, b: {model: times, version: 1.0.0}}\noutput: a + b\n'
  await releaseGraph(rig, 'outer', '1.0.0', outer)
})
afterEach(() => rig.close())

test('what a live graph asks is known, through graphs inside graphs', async () => {
  await rig.move('inner', { aliases: {}, accepted: [] })
  expect(Object.fromEntries(await liveNodes(rig.registry))).toEqual({
    'inner 1.0.0': 'outer 1.0.0',
    'plus 1.0.0': 'inner 1.0.0',
    'times 1.0.0': 'outer 1.0.0',
  })
})

test('a graph that nobody reaches keeps nothing awake', async () => {
  for (const graph of ['inner', 'outer']) await rig.move(graph, { aliases: {}, accepted: [] })
  expect((await liveNodes(rig.registry)).size).toBe(0)
})

test('a version that costs something while idle runs for a live graph, and is parked without one', () => {
  const version = {
    ...readyRecord('plus', '1.0.0', numeric),
    endpoint: { host: 'sagemaker', name: 'e' },
  }
  const tended = { version, record: newModel('plus'), leftAt: undefined, isBusy: false, now: 0 }
  expect(upkeepOf({ ...tended, askedBy: 'inner 1.0.0' })).toEqual({
    action: 'wake',
    because: 'is asked by the graph inner 1.0.0',
  })
  expect(upkeepOf(tended).action).toBe('park')
})

test('a graph itself is neither called to stay awake nor parked', () => {
  const version = { ...readyRecord('inner', '1.0.0', numeric), endpoint: { host: 'graph', name: 'e' } }
  for (let hour = 0; hour < 120; hour += 1)
    expect(
      upkeepOf({
        ...{ version, record: newModel('inner'), leftAt: undefined, isBusy: false },
        now: hour * 3_600_000,
      }).action,
    ).toBe('keep')
})

test('the graphs that ask a version are found, retired ones not', async () => {
  expect(await askingGraphs(rig.registry, 'plus', '1.0.0')).toEqual(['inner 1.0.0'])
  expect(await askingGraphs(rig.registry, 'inner', '1.0.0')).toEqual(['outer 1.0.0'])
  expect(await askingGraphs(rig.registry, 'alone', '1.0.0')).toEqual([])
  const seen = { state: 'READY', owner: 'release-1.0.0' } as const
  await rig.registry.changeVersion('inner', { version: '1.0.0', seen, facts: { state: 'RETIRED' } })
  expect(await askingGraphs(rig.registry, 'plus', '1.0.0')).toEqual([])
})
