import type { CapturedRecord } from '../../lib/rules/capture/captured-call.ts'
import { NewestRows, type RecordedRow } from '../../lib/rules/comparison/newest-rows.ts'
import type { LeftOut } from '../../lib/rules/comparison/replay-gate.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import type { InputRecord } from '../../lib/rules/request-records.ts'
import type { Ports } from '../ports.ts'
import type { Contract } from '../serving/ready-version.ts'

type Reading = Pick<Ports, 'registry' | 'captures' | 'clock'>

const hourMs = 3_600_000
/** How far back each look goes: the newest requests are mostly those of the last hours. */
const looksBackMs = [1, 6, 24, 96, 240, 720, 2160, 8760, 87_600].map((hours) => hours * hourMs)
const dayMs = 24 * hourMs
/** What a manifest keeps that was written before it could say so. */
const usualRetentionDays = 30
/** Clocks of those who write may be ahead of the one who reads. */
const aheadMs = 60_000

/** What is asked for: both versions take what is to be sent. */
export interface RequestsAsked {
  readonly model: string
  readonly contracts: readonly (Contract & { readonly version: string })[]
  readonly last: number
  /** No look is begun after this, milliseconds since the epoch. */
  readonly until: number
}

/**
 * The newest recorded requests of a model that two versions can be asked anew, whichever version recorded them; and how
 * many were met on the way that cannot, and why.
 */
export async function recordedRequests(
  { registry, captures, clock }: Reading,
  { model, contracts, last, until }: RequestsAsked,
): Promise<{ readonly rows: readonly RecordedRow[]; readonly leftOut: readonly LeftOut[] }> {
  const recording = (await registry.versions(model)).filter(
    ({ manifest }) => (manifest?.capture.samplePercent ?? 0) > 0,
  )
  const farthestMs = Math.max(0, ...recording.map(retentionMs))
  const newest = new NewestRows(last)
  const now = clock.now()
  let untilMs = now + aheadMs
  for (const back of looksBackMs) {
    const fromMs = now - Math.min(back, farthestMs)
    if (fromMs >= untilMs || newest.size >= last || clock.now() >= until) break
    for (const version of recording)
      for await (const records of captures.read({ model, version: version.version, fromMs, untilMs }))
        for (const record of records) sort(newest, record, version, contracts)
    untilMs = fromMs
  }
  return { rows: newest.newest(), leftOut: newest.leftOut }
}

function retentionMs({ manifest }: VersionRecord): number {
  // A record that was written before there was more to say has a share and nothing else.
  const { retentionDays = usualRetentionDays }: { retentionDays?: number } = manifest?.capture ?? {}
  return retentionDays * dayMs
}

function sort(
  newest: NewestRows,
  record: CapturedRecord,
  version: VersionRecord,
  contracts: RequestsAsked['contracts'],
): void {
  const { inputs } = record
  const hidden = hiddenInputs(version)
  if (inputs === undefined) newest.leaveOut(`${version.version} does not say what it takes`)
  else if (hidden.length > 0) newest.leaveOut(`${version.version} masks or hashes ${hidden.join(', ')}`)
  else {
    const refusing = contracts.find((contract) => !fits(contract, inputs))
    if (refusing === undefined) newest.add({ ...record, inputs })
    else newest.leaveOut(`they do not fit the signature of ${refusing.version}`)
  }
}

/** The inputs of which nobody recorded the value. */
function hiddenInputs({ manifest, signature }: VersionRecord): readonly string[] {
  const { mask = [], hash = [] }: { mask?: readonly string[]; hash?: readonly string[] } =
    manifest?.capture ?? {}
  const hidden = new Set([...mask, ...hash])
  return (signature?.inputs ?? []).flatMap(({ name }) => (hidden.has(name) ? [name] : []))
}

function fits({ validate }: Contract, inputs: InputRecord): boolean {
  try {
    validate({ records: [inputs], pointer: (_, path) => path })
    return true
  } catch (error) {
    if (isProblem(error)) return false
    throw error
  }
}
