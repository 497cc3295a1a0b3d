import { costSentence, isBilledWhileIdle, type VersionCost, versionCost } from '../lib/rules/cost.ts'
import { runsNothing } from '../lib/rules/graph/graph-endpoint.ts'
import type { Manifest } from '../lib/rules/manifest.ts'
import { isProblem } from '../lib/rules/problem.ts'
import type { Context } from './context.ts'

/**
 * What a version costs, where that is worth a word: on AWS, or where its manifest asks for what is billed while idle.
 * @returns undefined on a laptop, where the version would idle for nothing
 */
export function costWorthTelling(
  { platform }: Pick<Context, 'platform'>,
  host: Manifest['host'],
  sizeBytes: number,
): VersionCost | undefined {
  return platform.address.deployed || isBilledWhileIdle(host) ? versionCost(host, sizeBytes) : undefined
}

/** Say what a version will cost, before it is given traffic. A version that cannot be looked up is refused elsewhere. */
export async function tellCost(
  context: Context,
  model: string,
  version: string,
): Promise<VersionCost | undefined> {
  const { talk, platform } = context
  const details = await platform.version(model, version).catch((error: unknown) => {
    if (isProblem(error)) return undefined
    throw error
  })
  const manifest = details?.manifest
  const host = manifest && !runsNothing(manifest.runtime) ? manifest.host : undefined
  const cost = host && costWorthTelling(context, host, details?.sizeBytes ?? 0)
  if (cost !== undefined) {
    const where = platform.address.deployed ? '' : ' on AWS'
    talk.say(`${model} ${version} costs${where} ${costSentence(cost)}`)
  }
  return cost
}
