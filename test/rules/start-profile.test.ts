import { describe, expect, test } from '@jest/globals'
import {
  importTimes,
  plainColumns,
  type StartProfile,
  startMends,
  startMs,
} from '../../lib/rules/start-profile.ts'

const quick: StartProfile = {
  environment: { ms: 0, wasMade: false },
  processMs: 100,
  loadMs: 200,
  firstAnswerMs: 10,
  uncompiled: [],
}

test('imports are summed by package and part, the longest first', () => {
  const lines = [
    'import time: self [us] | cumulative | imported package',
    'import time:      2000 |       9000 |     scipy.stats._a',
    'import time:      3000 |       3000 |   scipy.stats',
    'import time:      4000 |       4000 | numpy',
    'somebody printed this',
  ]
  expect(importTimes(lines)).toEqual([
    { module: 'scipy.stats', ms: 5 },
    { module: 'numpy', ms: 4 },
  ])
})

test('a start is what happens at every start: the environment is made once', () => {
  expect(startMs({ ...quick, environment: { ms: 9999, wasMade: true } })).toBe(310)
})

describe('what would make a start faster', () => {
  test('is nothing where nothing takes long', () => {
    const imports = [{ module: 'pandas.core', ms: 49 }]
    expect(startMends({ ...quick, imports }, 'model.joblib')).toEqual([])
  })

  test('is told the largest first: what is imported without need, a large file, a slow first answer, no byte code', () => {
    const slow: StartProfile = {
      ...quick,
      loadMs: 2000,
      firstAnswerMs: 300,
      imports: [
        { module: 'pandas.core', ms: 60 },
        { module: 'pandas.io', ms: 40 },
        { module: 'numpy', ms: 200 },
      ],
      uncompiled: ['sklearn'],
    }
    const [largest, second, third, fourth, ...others] = startMends(slow, 'model.joblib')
    expect(largest).toMatch(/^model.joblib takes 1700 ms to load beside its imports/)
    expect(second).toMatch(/^the first prediction takes 300 ms/)
    expect(third).toMatch(/^sklearn has no byte code/)
    expect(fourth).toMatch(/^pandas takes 100 ms, and libraries import it only because it is installed/)
    expect(others).toEqual([])
  })
})

test('a record that fits has a value of every type in every shape', () => {
  const inputs = [
    { name: 'grid', type: 'float32', shape: [2, null] },
    { name: 'plan', type: 'string', shape: [], values: ['a', 'b'] },
    { name: 'flag', type: 'boolean', shape: [] },
  ] as const
  expect(plainColumns({ inputs, outputs: [] })).toEqual({ grid: [[[0], [0]]], plan: ['a'], flag: [false] })
})
