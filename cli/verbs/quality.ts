import type { ModelQuality, OutputQuality } from '../../lambdas/feedback/live-quality.ts'
import { sparkLine } from '../../lib/rules/monitoring/spark-bars.ts'
import { parseModelName } from '../../lib/rules/names.ts'
import type { Estimate } from '../../lib/rules/quality/interval.ts'
import { betterWay, type QualityMetric } from '../../lib/rules/quality/quality-report.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { table } from '../terminal/talk.ts'

/** How good a model's predictions were, as far as anybody has told what they turned out to be. */
export async function quality(
  { talk, platform }: Context,
  model: string,
  { since }: { readonly since?: string },
): Promise<ExitCode> {
  const name = parseModelName(model)
  const found = await platform.quality(name, since)
  talk.data(found, textOf(name, found))
  return exitCode.done
}

function textOf(model: string, { versions, unmatched }: ModelQuality): string {
  const rows = versions.flatMap(({ version, outputs }) =>
    outputs.flatMap((output) => rowsOf(version, output)),
  )
  const lost =
    unmatched === 0 ? '' : `\n${unmatched} rows told of calls that were not recorded (capture.samplePercent)`
  if (rows.length === 0)
    return `nobody has told what the predictions of ${model} turned out to be: sluice feedback ${model} FILE${lost}`
  return table(['VERSION', 'OUTPUT', 'METRIC (BETTER)', 'VALUE', '95 %', 'OF', 'BY DAY'], rows) + lost
}

function rowsOf(version: string, { output, metrics, pairs, days }: OutputQuality): string[][] {
  return (Object.entries(metrics) as [QualityMetric, Estimate][]).map(([metric, estimate]) => {
    const daily = days.flatMap((day) => day.metrics[metric]?.value ?? [])
    return [
      version,
      output,
      `${metric} (${betterWay[metric]})`,
      plain(estimate.value),
      interval(estimate),
      String(pairs),
      sparkLine(daily),
    ]
  })
}

function interval({ low, high }: Estimate): string {
  return low === undefined || high === undefined ? '' : `${plain(low)} to ${plain(high)}`
}

function plain(value: number): string {
  return String(Number(value.toPrecision(4)))
}
