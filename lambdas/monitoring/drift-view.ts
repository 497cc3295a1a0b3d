import { capturePlan } from '../../lib/rules/capture/capture-plan.ts'
import { leftOut } from '../../lib/rules/drift/sketched-columns.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { type BaselineFacts, baselineFacts } from '../../lib/rules/monitoring/baseline-document.ts'
import { driftPlan } from '../../lib/rules/monitoring/drift-plan.ts'
import { parseStanding } from '../../lib/rules/monitoring/drift-standing.ts'
import { type Notice, timeOf } from '../../lib/rules/monitoring/notice.ts'
import { watchedSignature } from '../../lib/rules/monitoring/watched-signature.ts'
import type { WindowDocument } from '../../lib/rules/monitoring/window.ts'
import { newestFirst } from '../../lib/rules/version-range.ts'
import { momentOf, monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'
import type { CaptureStanding } from '../monitoring-ports.ts'
import type { Ports } from '../ports.ts'

type ViewPorts = Pick<Ports, 'registry' | 'captures' | 'monitoring'>

/** So many of the last windows, and of the last notices, are told. */
const lastWindows = 24
const lastNotices = 10

/** `GET /models/{model}/drift`: how the versions of a model that are recorded stand. @param only of this version, with what each column is */
export async function driftOf(ports: ViewPorts, model: string, only?: string) {
  const versions = (await ports.registry.versions(model)).toSorted((a, b) =>
    newestFirst(a.version, b.version),
  )
  const recorded = versions.filter(
    ({ version, manifest, signature }) =>
      (only === undefined || version === only) &&
      manifest !== undefined &&
      capturePlan(manifest.capture, signature) !== undefined,
  )
  const standings = recorded.length === 0 ? [] : await ports.captures.standing(model)
  const views = recorded.map((record) =>
    versionView(ports, record, { standings, versions, isWhole: only !== undefined }),
  )
  return { model, versions: await Promise.all(views) }
}

interface Beside {
  readonly standings: readonly CaptureStanding[]
  readonly versions: readonly VersionRecord[]
  readonly isWhole: boolean
}

async function versionView(
  { monitoring }: ViewPorts,
  record: VersionRecord,
  { standings, versions, isWhole }: Beside,
) {
  const { model, version, state, manifest, signature } = record
  const { samplePercent = 0, ...hidden } = manifest?.capture ?? {}
  const plan = driftPlan(manifest?.drift ?? { everyMinutes: 60 })
  const baseline = await monitoring.read(monitoringKeys.baseline(model, version))
  const { open, lookedUntilMs } = parseStanding(
    await monitoring.read(monitoringKeys.breaches(model, version)),
  )
  const windows = await lastOf(monitoring, monitoringKeys.windows(model, version), lastWindows)
  const series = windows.map((text) => JSON.parse(text) as WindowDocument)
  const notices = await lastOf(monitoring, monitoringKeys.notices(model, version), lastNotices, () => true)
  const watched = signature && watchedSignature(signature, hidden)
  return {
    version,
    state,
    everyMinutes: plan.everyMs / 60_000,
    samplePercent,
    baseline: baselineOf(baseline, plan.learnFrom),
    thresholds: plan.thresholds,
    onDrift: plan.onDrift,
    ...(lookedUntilMs !== undefined && { lookedUntil: timeOf(lookedUntilMs) }),
    capture: standings.find((one) => one.version === version) ?? {
      ...{ version, lost: 0, interruptions: 0 },
    },
    series: series.map(({ start, end, rows, failed, report }) => ({
      ...{ start, end, rows, failed },
      ...(report && { verdict: report.verdict, inputs: report.inputs, predictions: report.predictions }),
      sentence: report?.sentence ?? 'the baseline is learned from it',
      drifted: (report?.features ?? [])
        .filter(({ verdict }) => verdict === 'drifted')
        .map(({ name }) => name),
      // How it went, column by column: a picture of each is made of it.
      ...(isWhole && {
        strengths: (report?.features ?? []).map(({ name, side, strength }) => ({ name, side, strength })),
      }),
    })),
    breaches: open.breaches.map(({ name, side, since, raisedAt, drift }) => ({
      ...{
        name,
        side,
        since: timeOf(since - plan.everyMs),
        raisedAt: timeOf(raisedAt),
        sentence: drift.sentence,
      },
    })),
    notices: notices.map((text) => withAnswers(JSON.parse(text) as Notice, versions)),
    ...(isWhole && {
      latest: series.findLast(({ report }) => report !== undefined),
      leftOut: [...(watched === undefined ? [] : leftOut(watched)), ...hiddenTold(hidden)],
    }),
  }
}

function baselineOf(
  text: string | undefined,
  learnFrom: number,
): BaselineFacts & { readonly learnFrom: number } {
  return { ...(text === undefined ? { kind: 'learning', rows: 0 } : baselineFacts(text)), learnFrom }
}

/** The last documents under a prefix, in order of time. */
async function lastOf(
  monitoring: ViewPorts['monitoring'],
  prefix: string,
  count: number,
  isOne: (key: string) => boolean = (key) => momentOf(key) !== undefined,
): Promise<string[]> {
  const keys = (await monitoring.list(prefix)).filter(isOne).slice(-count)
  const texts = await Promise.all(keys.map((key) => monitoring.read(key)))
  return texts.filter((text) => text !== undefined)
}

/** A notice with the versions that say they answer it. */
function withAnswers(notice: Notice, versions: readonly VersionRecord[]) {
  const answers = versions.filter(({ manifest }) => manifest?.source?.answers === notice.id)
  return answers.length === 0 ? notice : { ...notice, answeredBy: answers.map(({ version }) => version) }
}

function hiddenTold({ mask = [], hash = [] }: Parameters<typeof watchedSignature>[1]): string[] {
  return [...mask, ...hash].map((name) => `\`${name}\` is hidden from what is recorded, and not looked at`)
}
