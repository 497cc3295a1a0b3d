import type { InputRecord } from '../request-records.ts'
import type { Field } from '../signature.ts'
import { byOutput, type ComparedField, commonOutputs, compareAnswers } from './compared-answers.ts'
import type { ComparisonReport, ErrorCounts, FieldReport, Latency } from './comparison-report.ts'
import { type Features, featuresOf } from './features.ts'
import { LabelCounts, type LabelState } from './label-counts.ts'
import { quantilesOf, RowSample, type SampleState } from './row-sample.ts'
import { concentrationSentence, whereItDiffers } from './where-it-differs.ts'
import { wilsonShare } from './wilson.ts'
import { type Ranked, WorstCases } from './worst-cases.ts'

/** So many rows that differ, and so many that agree, are kept. */
const mostKept = 1000

/** A version, and what it answers. */
export interface Side {
  readonly version: string
  readonly outputs: readonly Field[]
}

/** What a version said to a record, or the code of what was said in its place. */
export type Answered =
  | { readonly prediction: unknown; readonly latencyMs: number }
  | { readonly problem: string }

/** One record that both versions were asked. */
export interface ComparedRow {
  readonly requestId?: string
  readonly row?: number
  readonly inputs: InputRecord
  /** The inputs themselves are not to be kept with a case. @default false */
  readonly hidesInputs?: boolean
  readonly a: Answered
  readonly b: Answered
}

export interface ComparisonProps {
  readonly model: string
  /** The version that the other is held to. */
  readonly a: Side
  readonly b: Side
  readonly tolerance: number
  /** Outputs that are neither compared nor kept. @default none */
  readonly hidden?: readonly string[]
}

interface Kept {
  readonly features: Features
  readonly offs: Readonly<Record<string, number>>
  readonly aMs: number
  /** Absent where it failed. */
  readonly bMs?: number
}

interface Sums {
  differed: number
  numbers: number
  sum: number
  absolute: number
  largest: number
}

interface FieldSums extends Sums {
  readonly labels: LabelCounts
}

/** All that a comparison holds, as JSON: one that is made of it goes on as if it had never ended. */
export interface ComparisonState {
  readonly differing: SampleState<Kept>
  readonly agreeing: SampleState<Kept>
  readonly fields: Readonly<Record<string, Readonly<Sums> & { readonly labels: LabelState }>>
  readonly worst: readonly Ranked[]
  readonly errors: { readonly a: ErrorCounts; readonly b: ErrorCounts }
}

/**
 * The answers of two versions to the same records, compared as they come, in constant memory: counts and means are of
 * every row; quantiles, and what the differences go with, of a sample where there are more rows than are kept.
 */
export class Comparison {
  readonly #model: string
  readonly #a: Side
  readonly #b: Side
  readonly #tolerance: number
  readonly #outputs: readonly Field[]
  readonly #fields: ReadonlyMap<string, FieldSums>
  readonly #differing: RowSample<Kept>
  readonly #agreeing: RowSample<Kept>
  readonly #worst: WorstCases
  readonly #errors: { readonly a: Record<string, number>; readonly b: Record<string, number> }

  /** @param from one of the same versions and the same tolerance. @default nothing was compared yet */
  constructor(of: ComparisonProps, from?: ComparisonState) {
    this.#model = of.model
    this.#a = of.a
    this.#b = of.b
    this.#tolerance = of.tolerance
    const { hidden = [] } = of
    this.#outputs = commonOutputs(of.a.outputs, of.b.outputs).filter(({ name }) => !hidden.includes(name))
    this.#fields = new Map(this.#outputs.map(({ name }) => [name, sumsOf(from?.fields[name])]))
    this.#differing = new RowSample(mostKept, from?.differing)
    this.#agreeing = new RowSample(mostKept, from?.agreeing)
    this.#worst = new WorstCases(from?.worst)
    this.#errors = { a: { ...from?.errors.a }, b: { ...from?.errors.b } }
  }

  /** @param hidesInputs without anything of what was asked: what differences go with is then found in later rows alone */
  state(hidesInputs: boolean): ComparisonState {
    const sampled = ({ rows, added }: RowSample<Kept>) => ({
      added,
      rows: hidesInputs ? rows.map((row) => ({ ...row, features: {} })) : rows,
    })
    return {
      differing: sampled(this.#differing),
      agreeing: sampled(this.#agreeing),
      fields: Object.fromEntries(
        [...this.#fields].map(([name, { labels, ...sums }]) => [name, { ...sums, labels: labels.state }]),
      ),
      worst: this.#worst.state,
      errors: this.#errors,
    }
  }

  /** How many rows were compared. */
  get compared(): number {
    return this.#differing.added + this.#agreeing.added
  }

  add(row: ComparedRow): void {
    const { a, b } = row
    if ('problem' in a) count(this.#errors.a, a.problem)
    if ('problem' in b) count(this.#errors.b, b.problem)
    // What the first fails on tells nothing of whether the second says the same.
    if ('problem' in a) return
    const features = featuresOf(row.inputs)
    const mine = this.#compared(a.prediction, this.#a)
    if ('problem' in b) {
      this.#worst.add({ ...told(row), a: mine, b }, undefined)
      this.#differing.add({ features, offs: {}, aMs: a.latencyMs })
      return
    }
    const other = this.#compared(b.prediction, this.#b)
    const fields = compareAnswers(this.#outputs, mine, other, this.#tolerance)
    const differs = fields.some(({ equal }) => !equal)
    for (const field of fields) this.#addField(field)
    if (differs) this.#worst.add({ ...told(row), a: mine, b: other }, fields)
    const offs = Object.fromEntries(
      // Beyond the range of numbers there is no mean or quantile to be had.
      fields.flatMap(({ name, off }) => (off === undefined || !Number.isFinite(off) ? [] : [[name, off]])),
    )
    const kept = { features, offs, aMs: a.latencyMs, bMs: b.latencyMs }
    ;(differs ? this.#differing : this.#agreeing).add(kept)
  }

  report(): ComparisonReport {
    const { compared } = this
    const [agreed, differed] = [this.#agreeing.added, this.#differing.added]
    const agreement = wilsonShare(agreed, compared)
    const concentration = whereItDiffers([
      ...this.#judged(this.#differing, true),
      ...this.#judged(this.#agreeing, false),
    ])
    const latencyMs = { a: this.#latency(({ aMs }) => aMs), b: this.#latency(({ bMs }) => bMs) }
    return {
      ...{ model: this.#model, a: this.#a.version, b: this.#b.version, tolerance: this.#tolerance },
      ...{ compared, agreed, ...(agreement !== undefined && { agreement }) },
      fields: [...this.#fields].map(([name, sums]) => this.#fieldReport(name, sums)),
      uncompared: [...new Set([...this.#a.outputs, ...this.#b.outputs].map(({ name }) => name))].filter(
        (name) => !this.#fields.has(name),
      ),
      where: concentrationSentence({ differed, compared }, concentration),
      ...(concentration !== undefined && { concentration }),
      worst: this.#worst.cases,
      latencyMs: {
        ...(latencyMs.a !== undefined && { a: latencyMs.a }),
        ...(latencyMs.b !== undefined && { b: latencyMs.b }),
      },
      errors: { a: { ...this.#errors.a }, b: { ...this.#errors.b } },
      sampled: agreed > mostKept || differed > mostKept,
    }
  }

  /** What is compared of a prediction: the rest of it is not even kept. */
  #compared(prediction: unknown, { outputs }: Side): Readonly<Record<string, unknown>> {
    const answer = byOutput(prediction, outputs)
    const known = this.#outputs.filter(({ name }) => Object.hasOwn(answer, name))
    return Object.fromEntries(known.map(({ name }) => [name, answer[name]]))
  }

  #addField({ name, equal, off, labels }: ComparedField): void {
    const sums = this.#fields.get(name)
    if (sums === undefined) return
    if (!equal) sums.differed += 1
    if (labels !== undefined) sums.labels.add(labels.a, labels.b)
    if (off === undefined || !Number.isFinite(off)) return
    sums.numbers += 1
    sums.sum += off
    sums.absolute += Math.abs(off)
    sums.largest = Math.max(sums.largest, Math.abs(off))
  }

  #fieldReport(name: string, { differed, numbers, sum, absolute, largest, labels }: FieldSums): FieldReport {
    const quantiles = quantilesOf(
      this.#weighted(({ offs }) => (offs[name] === undefined ? undefined : Math.abs(offs[name]))),
      { p50: 0.5, p90: 0.9, p99: 0.99 },
    )
    // Integers that are many are numbers, and no labels.
    const areLabels = labels.counts.length > 0 && !(labels.overflows && numbers > 0)
    return {
      name,
      differed,
      ...(quantiles !== undefined && {
        off: { mean: sum / numbers, meanAbsolute: absolute / numbers, ...quantiles, largest },
      }),
      ...(areLabels && { labels: labels.counts }),
    }
  }

  #latency(of: (kept: Kept) => number | undefined): Latency | undefined {
    return quantilesOf(this.#weighted(of), { p50: 0.5, p95: 0.95, p99: 0.99 })
  }

  #weighted(of: (kept: Kept) => number | undefined) {
    return [this.#differing, this.#agreeing].flatMap(({ rows, weight }) =>
      rows.flatMap((kept) => {
        const value = of(kept)
        return value === undefined || !Number.isFinite(value) ? [] : [{ value, weight }]
      }),
    )
  }

  #judged({ rows, weight }: RowSample<Kept>, differs: boolean) {
    return rows.map(({ features }) => ({ features, differs, weight }))
  }
}

const noSums: Sums = { differed: 0, numbers: 0, sum: 0, absolute: 0, largest: 0 }

function sumsOf(from: ComparisonState['fields'][string] | undefined): FieldSums {
  const { labels, ...sums } = from ?? { ...noSums, labels: undefined }
  return { ...sums, labels: new LabelCounts(labels) }
}

function told({ requestId, row, inputs, hidesInputs = false }: ComparedRow) {
  return {
    ...(requestId !== undefined && { requestId }),
    ...(row !== undefined && { row }),
    ...(!hidesInputs && { inputs }),
  }
}

function count(counts: Record<string, number>, code: string): void {
  counts[code] = (counts[code] ?? 0) + 1
}
