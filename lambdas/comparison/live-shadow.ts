import type { CapturePlan } from '../../lib/rules/capture/capture-plan.ts'
import { type Answered, Comparison, type ComparisonState } from '../../lib/rules/comparison/comparison.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import type { InputRecord } from '../../lib/rules/request-records.ts'
import type { Ports } from '../ports.ts'
import { predictionsIn, predictRecords } from '../serving/predict.ts'
import { type ComparedVersion, comparedVersion, refuseUnlike } from './compared-version.ts'
import { sideOf } from './replay.ts'
import type { KeptShadow, ShadowedCall, ShadowOf } from './shadows.ts'

type Shadowing = Pick<Ports, 'registry' | 'host' | 'clock' | 'random'>

type Counts = Pick<KeptShadow, 'asked' | 'dropped' | 'unfit'>

/** What a comparison goes on with where another process has begun it. */
export interface ShadowState {
  readonly format: typeof format
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly counts: Counts
  readonly comparison: ComparisonState
}

const format = 1

/** @throws Error for what is no state, or one of another release of the platform */
export function parseShadowState(text: string): ShadowState {
  const state = JSON.parse(text) as Partial<ShadowState>
  if (state.format !== format)
    throw new Error('the state of a shadow is of another form; its comparison begins anew')
  return state as ShadowState
}

/** One shadow of one version, and all that was found of it since it was first asked. */
export class LiveShadow {
  readonly #ports: Shadowing
  readonly #of: ShadowOf
  readonly #shadow: ComparedVersion
  readonly #comparison: Comparison
  readonly #hidden: readonly string[]
  readonly #hidesInputs: boolean
  readonly #startedAt: number
  #counts: { -readonly [count in keyof Counts]: number }
  #changed = false

  private constructor(
    ports: Shadowing,
    of: ShadowOf,
    { a, shadow, served }: { a: ComparedVersion; shadow: ComparedVersion; served: VersionRecord | undefined },
    from: ShadowState | undefined,
  ) {
    // A manifest from before there was more to say has a share and nothing else.
    const { samplePercent = 0, mask = [], hash = [] }: Partial<CapturePlan> = served?.manifest?.capture ?? {}
    this.#ports = ports
    this.#of = of
    this.#shadow = shadow
    this.#hidden = [...mask, ...hash]
    // Nobody has agreed to have them recorded.
    this.#hidesInputs = samplePercent === 0
    const sides = { a: sideOf(a), b: sideOf(shadow), hidden: this.#hidden }
    const comparing = { model: of.model, ...sides, tolerance: of.shadow.tolerance }
    this.#comparison = new Comparison(comparing, from?.comparison)
    this.#startedAt = from?.startedAt ?? ports.clock.now()
    this.#counts = { ...(from?.counts ?? { asked: 0, dropped: 0, unfit: 0 }) }
  }

  /**
   * @param from what was found of it before. @default nothing
   * @throws Problem where the shadow cannot be asked, or says nothing that could be compared
   */
  static async of(ports: Shadowing, of: ShadowOf, from?: ShadowState): Promise<LiveShadow> {
    const { model, version, shadow } = of
    const [a, b] = [
      await comparedVersion(ports, model, version),
      await comparedVersion(ports, model, shadow.version),
    ]
    refuseUnlike(a, b)
    ports.host.setAside?.(b.endpoint)
    const served = await ports.registry.version(model, version)
    return new LiveShadow(ports, of, { a, shadow: b, served }, from)
  }

  get startedAt(): number {
    return this.#startedAt
  }

  drop(calls: number): void {
    this.#counts.dropped += calls
    this.#changed = true
  }

  /** Ask it what was asked, and compare what it says. */
  async ask(call: ShadowedCall): Promise<void> {
    this.#changed = true
    if (!this.#fits(call.records)) {
      this.#counts.unfit += 1
      return
    }
    const said = this.#ports.host.hasRoom(this.#shadow.endpoint) ? await this.#answers(call) : undefined
    this.#changed = true
    if (said === undefined) {
      this.#counts.dropped += 1
      return
    }
    this.#counts.asked += 1
    const served = predictionsIn(call, call.answer)
    for (const [row, inputs] of call.records.entries())
      this.#comparison.add({
        ...{ requestId: call.requestId, row, inputs: this.#shown(inputs), hidesInputs: this.#hidesInputs },
        a: { prediction: served[row], latencyMs: call.latencyMs },
        b: said(row),
      })
  }

  /** What it says to each record, or why it says nothing. @returns undefined where it has no room for others than its callers */
  async #answers(call: ShadowedCall): Promise<((row: number) => Answered) | undefined> {
    const { signature } = this.#shadow.contract
    try {
      const answer = await predictRecords(this.#ports, this.#shadow, signature, call.records)
      const predictions = predictionsIn(this.#shadow, answer.body)
      return (row) => ({ prediction: predictions[row], latencyMs: answer.latencyMs })
    } catch (error) {
      if (!isProblem(error)) throw error
      if (error.code === 'model-busy') return undefined
      return () => ({ problem: error.code })
    }
  }

  #fits(records: ShadowedCall['records']): boolean {
    try {
      this.#shadow.contract.validate({ records, pointer: (_, path) => path })
      return true
    } catch (error) {
      if (isProblem(error)) return false
      throw error
    }
  }

  #shown(inputs: InputRecord): InputRecord {
    if (this.#hidden.length === 0) return inputs
    return Object.fromEntries(Object.entries(inputs).filter(([name]) => !this.#hidden.includes(name)))
  }

  /** What was found, where it is more than was told before. */
  news(): { readonly found: KeptShadow; readonly state: ShadowState } | undefined {
    if (!this.#changed) return undefined
    this.#changed = false
    const { alias, shadow } = this.#of
    const [startedAt, counts] = [this.#startedAt, { ...this.#counts }]
    const found = {
      ...{ alias, by: shadow.by },
      startedAt: new Date(startedAt).toISOString(),
      until: new Date(this.#ports.clock.now()).toISOString(),
      ...counts,
      report: this.#comparison.report(),
    }
    return {
      found,
      state: { format, startedAt, counts, comparison: this.#comparison.state(this.#hidesInputs) },
    }
  }

  /** What was told was not kept: it is still to be told. */
  untold(): void {
    this.#changed = true
  }
}
