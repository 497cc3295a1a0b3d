import { nextBreaches } from '../../lib/rules/drift/breaches.ts'
import { judgeDrift } from '../../lib/rules/drift/judge-drift.ts'
import { addRecord, emptySketch, type VersionSketch } from '../../lib/rules/drift/version-sketch.ts'
import { type Baseline, baselineText, parseBaseline } from '../../lib/rules/monitoring/baseline-document.ts'
import type { DriftPlan } from '../../lib/rules/monitoring/drift-plan.ts'
import { type DriftStanding, parseStanding, standingText } from '../../lib/rules/monitoring/drift-standing.ts'
import { type NoticeKind, noticeOf, timeOf } from '../../lib/rules/monitoring/notice.ts'
import { keptReport, type WindowDocument, windowStart } from '../../lib/rules/monitoring/window.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { lateMs } from '../../lib/wiring/capture-layout.ts'
import { momentName, monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { Ports } from '../ports.ts'

/** A version that is recorded, and how it is looked at. */
export interface WatchedVersion {
  readonly model: string
  readonly version: string
  readonly readyAtMs: number
  readonly retentionDays: number
  /** What of it is looked at. */
  readonly signature: Signature
  readonly plan: DriftPlan
}

type WindowPorts = Pick<Ports, 'captures' | 'monitoring' | 'clock'>

interface Limits {
  readonly graceMs: number
  readonly mostWindows: number
  /** Milliseconds since the epoch. */
  readonly deadline: number
}

interface Window {
  readonly startMs: number
  readonly endMs: number
}

const dayMs = 24 * 3_600_000

/** Look at the windows of a version that closed since the last time, as many as a run may. */
export async function lookAtWindows(
  ports: WindowPorts,
  watched: WatchedVersion,
  { graceMs, mostWindows, deadline }: Limits,
): Promise<{ readonly windows: number; readonly raised: number; readonly cleared: number }> {
  const { model, version, plan } = watched
  const { everyMs } = plan
  const now = ports.clock.now()
  const closedMs = windowStart(now - graceMs, everyMs)
  const oldestMs = Math.max(watched.readyAtMs, now - watched.retentionDays * dayMs)
  let standing = parseStanding(await ports.monitoring.read(monitoringKeys.breaches(model, version)))
  let fromMs = Math.max(standing.lookedUntilMs ?? 0, windowStart(oldestMs, everyMs))
  const counts = { windows: 0, raised: 0, cleared: 0 }
  if (fromMs >= closedMs) return counts
  const text = await ports.monitoring.read(monitoringKeys.baseline(model, version))
  let baseline: Baseline =
    text === undefined
      ? { kind: 'learning', sketch: emptySketch(watched.signature) }
      : parseBaseline(text, watched.signature)
  while (fromMs < closedMs && counts.windows < mostWindows && ports.clock.now() < deadline) {
    const window = { startMs: fromMs, endMs: fromMs + everyMs }
    // Of a while without a call there is nothing to tell: the next window is the one with the next record.
    const nextMs = await firstRecordMs(ports, watched, fromMs, closedMs)
    if (nextMs === undefined || windowStart(nextMs, everyMs) > fromMs) {
      fromMs = nextMs === undefined ? closedMs : windowStart(nextMs, everyMs)
      standing = { ...standing, lookedUntilMs: fromMs }
      if (fromMs === closedMs) await writeStanding(ports, watched, standing)
      continue
    }
    baseline = await learnt(ports, watched, baseline, window)
    const looked = await lookAtWindow(ports, watched, { baseline, standing, window })
    standing = looked.standing
    counts.windows += looked.windows
    counts.raised += looked.raised
    counts.cleared += looked.cleared
    fromMs = window.endMs
  }
  return counts
}

/**
 * When the first record came at or after a moment: one that is about the first, since records lie by the hour that they
 * were written in.
 */
async function firstRecordMs(
  { captures }: WindowPorts,
  { model, version }: WatchedVersion,
  fromMs: number,
  untilMs: number,
): Promise<number | undefined> {
  for await (const records of captures.read({ model, version, fromMs, untilMs })) {
    const first = records.reduce((least, { at }) => Math.min(least, Date.parse(at)), Number.POSITIVE_INFINITY)
    const isNear = first < fromMs + lateMs
    return isNear ? first : Math.max(fromMs, first - lateMs)
  }
  return undefined
}

/**
 * Learn from a window what the version has to be compared with, in so far as it does not know that yet. What a window
 * taught is written before what was found in it, so that one that is looked at again teaches nothing twice.
 */
async function learnt(
  { captures, monitoring }: WindowPorts,
  { model, version, plan: { learnFrom } }: WatchedVersion,
  baseline: Baseline,
  { startMs, endMs }: Window,
): Promise<Baseline> {
  const { kind, untilMs = 0, sketch } = baseline
  if (kind !== 'learning' || untilMs >= endMs) return baseline
  for await (const records of captures.read({ model, version, fromMs: startMs, untilMs: endMs })) {
    for (const { inputs, prediction } of records)
      if (inputs !== undefined && sketch.rows < learnFrom) addRecord(sketch, inputs, prediction)
    if (sketch.rows >= learnFrom) break
  }
  const isDone = sketch.rows >= learnFrom
  const next: Baseline = { kind: isDone ? 'learned' : 'learning', untilMs: endMs, sketch }
  await monitoring.write(monitoringKeys.baseline(model, version), baselineText(next))
  return next
}

interface Looking {
  readonly baseline: Baseline
  readonly standing: DriftStanding
  readonly window: Window
}

/** Judge one window, and write down what was found: the window, the notices, and only then that it is done with. */
async function lookAtWindow(
  ports: WindowPorts,
  watched: WatchedVersion,
  { baseline, standing, window: { startMs, endMs } }: Looking,
) {
  const { model, version, signature, plan } = watched
  const { sketch: current, failed } = await sketchOf(ports, watched, { startMs, endMs })
  if (current.rows === 0 && failed === 0)
    return { standing: { ...standing, lookedUntilMs: endMs }, windows: 0, raised: 0, cleared: 0 }
  // What a version learned from is no evidence against it.
  const isLearnedFrom = baseline.kind !== 'training' && (baseline.untilMs ?? endMs) >= endMs
  const report = isLearnedFrom
    ? undefined
    : judgeDrift({ signature, baseline: baseline.sketch, current, thresholds: plan.thresholds })
  const document: WindowDocument = {
    ...{ format: 'sluice-drift', version: 1, start: timeOf(startMs), end: timeOf(endMs) },
    ...{ rows: current.rows, failed, baseline: baseline.kind },
    ...(report !== undefined && { report: keptReport(report) }),
  }
  await ports.monitoring.write(
    monitoringKeys.window(model, version, startMs),
    `${JSON.stringify(document)}\n`,
  )
  const { open, raised, cleared } =
    report === undefined
      ? { open: standing.open, raised: [], cleared: [] }
      : nextBreaches(standing.open, report, endMs, plan.persistence)
  const of = { model, version, startMs, endMs, rows: current.rows, baseline: baseline.kind }
  const undone: string[] = []
  for (const [kind, breaches] of [
    ['detected', raised],
    ['ended', cleared],
  ] as const) {
    if (breaches.length === 0) continue
    const name = `${momentName(startMs)}-${kind satisfies NoticeKind}`
    const key = monitoringKeys.notice(model, version, name)
    // One that was written before may have been told since.
    if ((await ports.monitoring.read(key)) === undefined)
      await ports.monitoring.write(
        key,
        `${JSON.stringify(noticeOf(of, kind, momentName(startMs), breaches))}\n`,
      )
    undone.push(name)
  }
  const next = { lookedUntilMs: endMs, open, undone: [...new Set([...standing.undone, ...undone])] }
  await writeStanding(ports, watched, next)
  return { standing: next, windows: 1, raised: raised.length, cleared: cleared.length }
}

async function sketchOf(
  { captures }: WindowPorts,
  { model, version, signature }: WatchedVersion,
  { startMs, endMs }: Window,
): Promise<{ readonly sketch: VersionSketch; readonly failed: number }> {
  const sketch = emptySketch(signature)
  let failed = 0
  for await (const records of captures.read({ model, version, fromMs: startMs, untilMs: endMs }))
    for (const { inputs, prediction, problem } of records) {
      if (problem !== undefined) failed += 1
      if (inputs !== undefined) addRecord(sketch, inputs, prediction)
    }
  return { sketch, failed }
}

async function writeStanding(
  { monitoring }: WindowPorts,
  { model, version }: WatchedVersion,
  standing: DriftStanding,
): Promise<void> {
  await monitoring.write(monitoringKeys.breaches(model, version), standingText(standing))
}
