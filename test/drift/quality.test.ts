import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { Estimate } from '../../lib/rules/quality/interval.ts'
import { addPair, emptyCounts, type QualityKind } from '../../lib/rules/quality/quality-counts.ts'
import { type QualityMetric, qualityReport } from '../../lib/rules/quality/quality-report.ts'
import { run } from '../harness/containers/run.ts'
import { pythonWith } from '../harness/emulator/python-with.ts'
import { pythonOrReason } from '../harness/python.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { normals, uniform } from '../rules/drift/random.ts'

/**
 * How far a value may be off scikit-learn's, relative to it. Sums are of numbers with the 24 bits of a float32; AUC ranks
 * scores by two thousand bins.
 */
const most: Readonly<Record<string, number>> = {
  accuracy: 1e-12,
  'accuracy, low': 1e-9,
  'accuracy, high': 1e-9,
  brier: 1e-6,
  logLoss: 1e-6,
  auc: 1e-3,
  mae: 1e-6,
  rmse: 1e-6,
  bias: 1e-5,
  'bias, low': 1e-5,
}
const sizes = [2, 10, 100, 1000, 20_000]

interface Told {
  readonly kind: QualityKind
  readonly predicted: readonly unknown[]
  readonly actual: readonly (number | string)[]
}

function sets(): Told[] {
  return Array.from({ length: 210 }, (_, seed) => {
    const count = sizes[seed % sizes.length] ?? 10
    const next = uniform(seed + 1)
    const draws = Array.from({ length: count }, next)
    if (seed % 3 === 0) {
      // Some are sharp, some know nothing, some are rounded to a few scores.
      const predicted = draws.map((p) => (seed % 2 === 0 ? p : Math.round(p * 10) / 10))
      return {
        kind: 'probability',
        predicted,
        actual: draws.map((p, i) => (i < 2 ? i : next() < (seed % 9 === 0 ? 0.3 : p) ? 1 : 0)),
      }
    }
    if (seed % 3 === 1) {
      const predicted = normals(seed, count, 50, 10 ** (seed % 5))
      const noise = normals(seed + 1000, count, seed % 2, 5)
      return { kind: 'number', predicted, actual: predicted.map((p, i) => p + (noise[i] ?? 0)) }
    }
    const names = draws.map((p) => `class ${Math.floor(p * (2 + (seed % 40)))}`)
    return { kind: 'class', predicted: names, actual: names.map((name) => (next() < 0.8 ? name : 'class 0')) }
  })
}

const outputs = { probability: 'float64', number: 'float64', class: 'string' } as const

/** A value by the name that it has on the other side: `accuracy, low` is the lower end of its interval. */
function measured(metrics: Partial<Record<QualityMetric, Estimate>>, name: string): number | undefined {
  const [metric = '', end = 'value'] = name.split(', ')
  return metrics[metric as QualityMetric]?.[end as keyof Estimate]
}

const folder = await temporaryFolder()
const suite = (await pythonOrReason()) === undefined ? describe.skip : describe

suite('beside scikit-learn', () => {
  test('every measure of 210 sets is what it makes of the pairs themselves', async () => {
    const told = sets()
    const file = join(folder, 'sets.json')
    await writeFile(file, JSON.stringify(told))
    const python = await pythonWith('sklearn', ['scikit-learn==1.9.1'])
    const theirs = JSON.parse(
      await run(python, [join(import.meta.dirname, 'quality_values.py'), file]),
    ) as Record<string, number>[]
    const off = new Map<string, { worst: number; sets: number }>()
    for (const [i, { kind, predicted, actual }] of told.entries()) {
      const counts = emptyCounts()
      for (const [at, one] of predicted.entries()) addPair(counts, one, actual[at])
      const report = qualityReport({ type: outputs[kind], shape: [] }, counts)
      expect(report?.kind).toBe(kind)
      for (const [name, value] of Object.entries(theirs[i] ?? {})) {
        const ours = measured(report?.metrics ?? {}, name) ?? Number.NaN
        const scale =
          Math.max(Math.abs(value), name.startsWith('bias') ? (report?.metrics.mae?.value ?? 1) : 0) || 1
        const { worst, sets: before } = off.get(name) ?? { worst: 0, sets: 0 }
        const distance = Math.abs(ours - value) / scale
        off.set(name, {
          worst: distance > worst || Number.isNaN(distance) ? distance : worst,
          sets: before + 1,
        })
      }
    }
    process.stdout.write(
      `${[...off].map(([name, { worst, sets: of }]) => `${name.padEnd(16)} ${String(of).padStart(4)} sets, worst ${worst.toExponential(1)}`).join('\n')}\n`,
    )
    expect([...off.keys()].toSorted()).toEqual(Object.keys(most).toSorted())
    for (const [name, { worst, sets: of }] of off) {
      expect([name, worst <= (most[name] ?? 0) ? 'within' : worst]).toEqual([name, 'within'])
      expect(of).toBeGreaterThan(50)
    }
  })
})
