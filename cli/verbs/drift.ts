import type { driftOf } from '../../lambdas/monitoring/drift-view.ts'
import type { FeatureDrift } from '../../lib/rules/drift/drift-report.ts'
import { baselineTold } from '../../lib/rules/monitoring/baseline-document.ts'
import type { Delivery } from '../../lib/rules/monitoring/delivery.ts'
import { sparkBars } from '../../lib/rules/monitoring/spark-bars.ts'
import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { table } from '../terminal/talk.ts'

type DriftView = Awaited<ReturnType<typeof driftOf>>
type VersionView = DriftView['versions'][number]

interface Asked {
  readonly version?: string
  readonly newSecret?: boolean
}

/** How what is recorded of a model differs from what it was trained on; or a new secret for its webhooks. */
export async function drift(context: Context, name: string, asked: Asked): Promise<ExitCode> {
  const { talk, platform } = context
  const model = parseModelName(name)
  if (asked.newSecret === true) return newSecret(context, model)
  const version = asked.version === undefined ? undefined : parseVersion(asked.version)
  const view = await platform.drift(model, version ?? (await shownVersion(context, model)))
  const none = `nothing is recorded of ${version === undefined ? model : `${model} ${version}`}: write capture: {samplePercent: 100} into model.yaml`
  talk.data(
    view,
    view.versions.length === 0 ? none : view.versions.map((one) => versionText(model, one)).join('\n\n'),
  )
  return exitCode.done
}

async function newSecret({ talk, platform }: Context, model: string): Promise<ExitCode> {
  const made = await platform.renewWebhookSecret(model)
  if (made.formerSignsUntil !== undefined)
    talk.say(`the secret before signs beside it until ${made.formerSignsUntil}`)
  talk.say('this is shown once, and never again:')
  talk.data(made, made.secret)
  return exitCode.done
}

/** The version that live serves, where it is recorded, else the newest that is. */
async function shownVersion({ platform }: Context, model: string): Promise<string | undefined> {
  const { versions } = await platform.drift(model)
  const live = (await platform.model(model)).aliases['live']?.stable
  return (versions.find(({ version }) => version === live) ?? versions[0])?.version
}

function versionText(model: string, view: VersionView): string {
  const { version, baseline, samplePercent, everyMinutes, capture, breaches, series } = view
  const lost = capture.lost + capture.interruptions
  const written = capture.written === undefined ? '' : `${capture.written} calls written, `
  const losses = lost === 0 ? 'none lost' : `${capture.lost} lost, interrupted ${capture.interruptions} times`
  const latest = view.latest?.report
  return [
    `${model} ${version}`,
    `baseline   ${baselineTold(baseline, baseline.learnFrom)}`,
    `recorded   ${samplePercent} % of calls, ${written}${losses}`,
    `looked at  every ${everyMinutes} minutes${view.lookedUntil === undefined ? ', not yet' : `, until ${view.lookedUntil}`}`,
    ...(series.length === 0
      ? []
      : [`windows    ${series.map(mark).join('')}  (! drifted, . steady, ? too few rows, l learnt from)`]),
    ...breaches.map(({ since, sentence }) => `OPEN       since ${since}: ${sentence}`),
    ...view.notices.flatMap(noticeLines),
    ...(latest === undefined
      ? []
      : [
          '',
          `${view.latest?.start} to ${view.latest?.end}: ${latest.sentence}`,
          featureTable(latest.features),
        ]),
    ...(latest?.features ?? [])
      .filter(({ verdict }) => verdict === 'drifted')
      .map(({ sentence }) => `  ${sentence}`),
    ...(view.leftOut ?? []).map((sentence) => `  ${sentence}`),
  ].join('\n')
}

function mark({ verdict }: VersionView['series'][number]): string {
  if (verdict === undefined) return 'l'
  return verdict === 'drifted' ? '!' : verdict === 'steady' ? '.' : '?'
}

function noticeLines(notice: VersionView['notices'][number]): string[] {
  const { id, rollback = [], webhook, retrain } = notice
  const answered = 'answeredBy' in notice ? [`  answered by ${notice.answeredBy.join(', ')}`] : []
  return [
    `told       ${id}`,
    ...(webhook === undefined ? [] : [`  webhook ${deliveryText(webhook)}`]),
    ...(retrain === undefined ? [] : [`  retraining ${deliveryText(retrain)}`]),
    ...rollback.map((sentence) => `  ${sentence}`),
    ...answered,
  ]
}

function deliveryText({ url, state, attempts }: Delivery): string {
  const last = attempts.at(-1)
  const said = last?.status ?? last?.fault ?? 'not tried yet'
  return `${state} after ${attempts.length} tries, the last: ${said} (${new URL(url).host})`
}

function featureTable(features: readonly FeatureDrift[]): string {
  const rows = features.map(({ name, side, verdict, statistic, value, threshold, bins }) => {
    const highest = Math.max(0, ...bins.flatMap(({ baseline, current }) => [baseline, current]))
    const bars = (of: 'baseline' | 'current') =>
      sparkBars(
        bins.map((bin) => bin[of]),
        highest,
      )
    const told = value === undefined ? '-' : `${value.toPrecision(3)} of ${threshold}`
    return [name, side, bars('baseline'), bars('current'), statistic ?? '-', told, verdict]
  })
  return table(['COLUMN', 'IS', 'BASELINE', 'NOW', 'STATISTIC', 'VALUE', 'VERDICT'], rows)
}
