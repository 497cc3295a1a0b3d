import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { benjaminiHochberg } from '../../lib/rules/drift/benjamini-hochberg.ts'
import { run } from '../harness/containers/run.ts'
import { pythonWith } from '../harness/emulator/python-with.ts'
import { pythonOrReason } from '../harness/python.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { normals } from '../rules/drift/random.ts'
import { type FeaturePair, featurePairs } from './feature-pairs.ts'
import { ourValues, type Values } from './our-values.ts'

/**
 * How far a value may be off scipy's. What is in cells is off by what a cell holds or how wide it is: `relative` is measured
 * against scipy's value, and distances against the deviation of the baseline.
 */
const bounds: Readonly<Record<string, { readonly most: number; readonly isRelative?: true }>> = {
  KS: { most: 0.004 },
  // Where D is small, a thousandth more or less of it is some hundredths of p.
  'KS, p': { most: 0.06 },
  'KS, p, exact for small samples': { most: 0.03 },
  Wasserstein: { most: 0.003, isRelative: true },
  PSI: { most: 0.006 },
  'Jensen-Shannon, tenths': { most: 0.004 },
  'out of range': { most: 0.001 },
  'out of range, p': { most: 1e-9 },
  mean: { most: 1e-7, isRelative: true },
  deviation: { most: 1e-5, isRelative: true },
  median: { most: 0.008, isRelative: true },
  p99: { most: 0.008, isRelative: true },
  correlation: { most: 1e-5 },
  'chi-square': { most: 1e-9, isRelative: true },
  'chi-square, p': { most: 1e-9 },
  'Jensen-Shannon, categories': { most: 1e-7 },
  'PSI, categories': { most: 1e-9 },
  cardinality: { most: 0 },
  'missing, p': { most: 1e-9 },
}

interface Scipy {
  readonly pairs: readonly Values[]
  readonly adjusted: readonly number[]
}

const environment = await pythonOrReason()
const folder = await temporaryFolder()
const suite = environment === undefined ? describe.skip : describe

suite('beside scipy', () => {
  test('every statistic of 352 pairs is what scipy makes of the rows themselves', async () => {
    const pairs = featurePairs()
    expect(pairs.length).toBeGreaterThanOrEqual(200)
    const predictions = pairs.map(({ current }, i) => correlated(current, i))
    const ours = pairs.map((pair, i) => ourValues(pair, predictions[i] ?? []))
    const scipy = await askScipy(pairs.map((pair, i) => ({ ...pair, predictions: predictions[i] ?? [] })))
    const table = Object.entries(bounds).map(([name, { most, isRelative }]) => {
      const off = pairs.flatMap((pair, i) => {
        const theirs = scipy.pairs[i]?.[name]
        if (theirs === undefined || isBeside(name, pair, ours[i], scipy.pairs[i])) return []
        const value = ours[i]?.[name] ?? Number.NaN
        const scale = isRelative === true ? scaleOf(name, theirs, value, pair.baseline) : 1
        return [
          {
            off: Math.abs(value - theirs) / scale,
            of: `${pair.shape}, ${pair.baseline.length} and ${pair.current.length}`,
          },
        ]
      })
      const worst = off.reduce((one, other) => (one.off >= other.off || Number.isNaN(one.off) ? one : other))
      return { name, pairs: off.length, worst: worst.off, of: worst.of, most }
    })
    process.stdout.write(
      `${table.map((row) => `${row.name.padEnd(32)} ${String(row.pairs).padStart(4)} pairs, worst ${row.worst.toExponential(1)} (${row.of})`).join('\n')}\n`,
    )
    for (const { name, worst, most } of table)
      expect([name, worst <= most ? 'within' : worst]).toEqual([name, 'within'])
    expect(Math.min(...table.map((row) => row.pairs))).toBeGreaterThan(20)
    // What cells do not tell apart is never taken for more than it is.
    for (const [i, values] of ours.entries())
      expect(values['out of range, p'] ?? 1).toBeGreaterThanOrEqual(
        (scipy.pairs[i]?.['out of range, p'] ?? 1) * (1 - 1e-9) - 1e-12,
      )
    const ps = scipy.pairs.map((values) => values['missing, p'] ?? 1)
    const offAdjusted = benjaminiHochberg(ps).map((p, i) => Math.abs(p - (scipy.adjusted[i] ?? Number.NaN)))
    expect(Math.max(...offAdjusted)).toBeLessThan(1e-12)
  })
})

/** p-values that are not held to scipy's: those of too few rows to be judged, and of what cells do not tell apart. */
function isBeside(
  name: string,
  { baseline, current }: FeaturePair,
  ours: Values = {},
  theirs: Values = {},
): boolean {
  if (name.startsWith('KS, p')) return Math.min(baseline.length, current.length) < 40
  return name === 'out of range, p' && ours['out of range'] !== theirs['out of range']
}

/** What is relative is so to scipy's value, distances to the deviation of the baseline. */
function scaleOf(name: string, theirs: number, ours: number, baseline: readonly unknown[]): number {
  if (name !== 'Wasserstein' && name !== 'mean')
    return Math.abs(theirs) || (ours === theirs ? 1 : Number.MIN_VALUE)
  const numbers = baseline.filter((value): value is number => typeof value === 'number')
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length)
  return Math.max(deviation, Math.abs(mean) * 0.01, name === 'mean' ? Math.abs(theirs) : 0) || 1
}

/** Something that goes with a feature, and a little does not. */
function correlated(values: readonly unknown[], seed: number): number[] {
  const noise = normals(seed, values.length)
  return values.map((value, i) => (typeof value === 'number' ? value : 0) + (noise[i] ?? 0))
}

async function askScipy(
  pairs: readonly {
    readonly baseline: readonly unknown[]
    readonly current: readonly unknown[]
    readonly predictions: readonly number[]
  }[],
): Promise<Scipy> {
  const asked = pairs.map((pair) => {
    const gaps = (values: readonly unknown[]) => values.filter((value) => value === null).length
    const missing = {
      before: gaps(pair.baseline),
      beforeOf: pair.baseline.length,
      now: gaps(pair.current),
      nowOf: pair.current.length,
    }
    return {
      ...pair,
      baseline: pair.baseline.filter((value) => value !== null),
      current: pair.current.filter((value) => value !== null),
      predictions: pair.predictions.filter((_, i) => pair.current[i] !== null),
      missing,
    }
  })
  const file = join(folder, 'pairs.json')
  await writeFile(file, JSON.stringify(asked))
  const python = await pythonWith('sklearn', ['scikit-learn==1.9.1'])
  return JSON.parse(await run(python, [join(import.meta.dirname, 'scipy_values.py'), file])) as Scipy
}
