import type { KeptShadow } from '../../lambdas/comparison/shadows.ts'
import { shadowSentence } from '../../lib/rules/cost-of-platform.ts'
import { liveAlias, parseModelName, parseMovableAlias, parseVersion } from '../../lib/rules/names.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { isDryRun, tellDryRun } from '../tell-dry-run.ts'
import { comparisonText } from '../terminal/comparison-text.ts'

export interface ShadowOptions {
  readonly alias?: string
  readonly percent?: number
  readonly tolerance?: number
  readonly reason?: string
  readonly off?: boolean
  readonly dryRun?: boolean
}

/** Let a version answer in the shadow of an alias, end that, or show what was found. */
export async function shadow(
  { talk, platform }: Context,
  name: string,
  version: string | undefined,
  { alias: named, percent, tolerance, reason, off = false, dryRun = false }: ShadowOptions,
): Promise<ExitCode> {
  const model = parseModelName(name)
  const alias = named === undefined ? liveAlias : parseMovableAlias(named)
  if (version === undefined && !off) {
    const found = await platform.shadows(model)
    talk.data({ shadows: found }, shadowsText(model, found))
    return exitCode.done
  }
  if (version !== undefined && off)
    throw new Problem('usage', 'name a version, or end the one that there is with --off, not both')
  if (reason === undefined) throw new Problem('usage', 'say why, for the history: --reason TEXT')
  if (version === undefined) {
    const lifted = await platform.liftShadow(model, alias, { reason, dryRun })
    if (isDryRun(lifted)) return tellDryRun(talk, lifted)
    talk.data(lifted, `no version answers in the shadow of ${alias} of ${model} any more`)
    return exitCode.done
  }
  const asked = {
    ...{ version: parseVersion(version), reason, dryRun },
    ...(named !== undefined && { alias }),
    ...(percent !== undefined && { samplePercent: percent }),
    ...(tolerance !== undefined && { tolerance }),
  }
  const answer = await platform.castShadow(model, asked)
  if (isDryRun(answer)) return tellDryRun(talk, answer)
  talk.say(`on AWS ${shadowSentence(answer.shadow?.samplePercent ?? 0)}`)
  talk.data(
    answer,
    `${model} ${version} answers ${answer.shadow?.samplePercent} % of the calls of ${alias} in its shadow; see: sluice shadow ${model}`,
  )
  return exitCode.done
}

function shadowsText(model: string, found: readonly KeptShadow[]): string {
  if (found.length === 0) return `nothing was found of a shadow of ${model} yet`
  return found
    .map(({ alias, startedAt, until, asked, dropped, unfit, report }) => {
      const since = `${startedAt.slice(0, 19)} to ${until.slice(0, 19)}`
      const calls = `${asked} calls asked, ${dropped} dropped, ${unfit} that do not fit`
      return `${report.b} in the shadow of ${alias} (${report.a}), ${since}: ${calls}\n${comparisonText({ report, found: report.compared, leftOut: [] })}`
    })
    .join('\n\n')
}
