import { createInterface } from 'node:readline/promises'
import { setTimeout as pause } from 'node:timers/promises'
import pLimit from 'p-limit'
import { isPlatformName, platformNameShape } from '../../lib/rules/names.ts'
import { counted, Problem, shown } from '../../lib/rules/problem.ts'
import { type Foreign, heldBy, type Made, sortedOut, stays, waves } from '../../lib/rules/teardown.ts'
import { type Census, MadeByReleases, reasonOf } from '../aws/made-by-releases.ts'
import { callsAtOnce } from '../aws/made-listings.ts'
import { regionOf } from '../aws/region.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { type Talk, table } from '../terminal/talk.ts'

export interface TeardownOptions {
  readonly platformName: string
  readonly region?: string
  readonly plan?: boolean
  readonly apply?: boolean
  readonly yes?: string
}

/** Something that should have gone, and why it is still there. */
interface Left extends Made {
  readonly reason: string
}

/** How long an endpoint is given to go, and how long it is between two looks, milliseconds. */
const longestGoingMs = 10 * 60_000
const lookEveryMs = 1000
/** The lists of AWS tell of the latest late: they are asked again, until nothing new is found. */
const rounds = 3

/** Show, or take away, everything on AWS that releases of a platform made; 4 where something is left. */
export async function teardown({ talk }: Context, options: TeardownOptions): Promise<ExitCode> {
  const { platformName: platform, plan, apply } = options
  if (!isPlatformName(platform))
    throw new Problem('usage', `--platform-name is ${shown(platform)}; allowed are ${platformNameShape}`)
  if ((plan === true) === (apply === true))
    throw new Problem('usage', 'say either --plan, which changes nothing, or --apply')
  const region = options.region ?? (await regionOf(`the platform '${platform}'`))
  const account = new MadeByReleases(region)
  try {
    const census = await account.census(platform)
    const { made, foreign } = sortedOut(platform, census.found)
    if (plan) return show(talk, { platform, region, made, foreign, unseen: census.unseen })
    await confirm(talk, platform, region, made, options.yes)
    return await takeAway(talk, account, platform, region, census)
  } finally {
    account.close()
  }
}

interface Plan {
  readonly platform: string
  readonly region: string
  readonly made: readonly Made[]
  readonly foreign: readonly Foreign[]
  readonly unseen: readonly string[]
}

function show(talk: Talk, plan: Plan): ExitCode {
  const { made, foreign, unseen } = plan
  const text = [
    tableOf(made),
    '',
    'Stays:',
    ...stays.map(({ what, why, costs }) => `  ${what}: ${why} (${costs})`),
    ...(foreign.length === 0 ? [] : ['', 'Looks alike, and is not touched:']),
    ...foreign.map(({ found, reason }) => `  ${found.kind} ${found.name}: ${reason}`),
    ...unseen.map((what) => `Could not be looked at: ${what}`),
  ]
  talk.data({ ...plan, stays }, text.join('\n'))
  return unseen.length === 0 ? exitCode.done : exitCode.platform
}

function tableOf(made: readonly Made[]): string {
  if (made.length === 0) return 'Releases have made nothing that is still there.'
  return table(
    ['KIND', 'NAME', 'MODEL', 'VERSION', 'MADE', 'COSTS IDLE'],
    made.map(({ kind, name, model, version, madeAt, costs }) => [
      kind,
      name,
      model,
      version,
      madeAt?.slice(0, 16) ?? '-',
      costs ?? 'nothing',
    ]),
  )
}

/** @throws Problem `usage` where the platform's name was not said once more */
async function confirm(
  talk: Talk,
  platform: string,
  region: string,
  made: readonly Made[],
  yes: string | undefined,
): Promise<void> {
  if (yes === platform) return
  const asked = yes === undefined && !talk.json && process.stdin.isTTY === true
  if (!asked)
    throw new Problem(
      'usage',
      `nothing was taken away: say the platform's name once more, as --yes ${platform}${yes === undefined ? '' : `; it was ${shown(yes)}`}`,
    )
  talk.say(tableOf(made))
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const typed = await lines.question(
    `\nThis takes ${counted(made.length, 'resource')} away in ${region}. Type the platform's name: `,
  )
  lines.close()
  if (typed.trim() !== platform)
    throw new Problem('usage', `nothing was taken away: ${shown(typed)} is not the name of the platform`)
}

async function takeAway(
  talk: Talk,
  account: MadeByReleases,
  platform: string,
  region: string,
  first: Census,
): Promise<ExitCode> {
  const removed = new Map<string, Made>()
  const left = new Map<string, Left>()
  let census = first
  for (let round = 0; round < rounds; round += 1) {
    const { made } = sortedOut(platform, census.found)
    // A call of a parked version wakes it: an endpoint that stands again is one more that is billed.
    const due = made.filter((one) => one.kind === 'endpoint' || !removed.has(keyOf(one)))
    if (due.length === 0) break
    for (const wave of waves(due)) await takeWave(talk, account, wave, removed, left)
    census = await account.census(platform)
  }
  const still = [...left.values()]
  const { unseen, unindexed } = census
  if (unindexed !== undefined) talk.say(`  the index of tags was not asked, the lists were: ${unindexed}`)
  for (const { kind, name, reason } of still) talk.say(`${talk.paint('red', '✖')} ${kind} ${name}: ${reason}`)
  for (const what of unseen) talk.say(`${talk.paint('red', '✖')} could not be looked at: ${what}`)
  const gone = [...removed.values()].map(({ kind, name, model, version }) => ({ kind, name, model, version }))
  const done = still.length === 0 && unseen.length === 0
  talk.data(
    { platform, region, removed: gone, left: still, unseen, stays },
    `${counted(gone.length, 'resource')} taken away, ${still.length} left${done ? '; now cdk destroy' : ''}`,
  )
  return done ? exitCode.done : exitCode.platform
}

/** Everything of one kind, a few at once; a failure of one does not stop the others. */
async function takeWave(
  talk: Talk,
  account: MadeByReleases,
  wave: readonly Made[],
  removed: Map<string, Made>,
  left: Map<string, Left>,
): Promise<void> {
  const limit = pLimit(callsAtOnce)
  const take = async (one: Made) => {
    const { kind, name } = one
    try {
      const holder = heldBy(one, [...left.values()])
      if (holder !== undefined) throw new Error(`${holder} is still there and may use it`)
      await account.remove(one)
      if (kind === 'endpoint') await untilGone(account, name)
      removed.set(keyOf(one), one)
      left.delete(keyOf(one))
      talk.say(`  ${kind} ${name} is gone`)
    } catch (error) {
      left.set(keyOf(one), { ...one, reason: reasonOf(error) })
    }
  }
  await Promise.all(wave.map((one) => limit(() => take(one))))
}

async function untilGone(account: MadeByReleases, endpoint: string): Promise<void> {
  const deadline = performance.now() + longestGoingMs
  while (!(await account.isGone(endpoint))) {
    if (performance.now() > deadline)
      throw new Error(`it was still being deleted after ${longestGoingMs / 60_000} minutes; run this again`)
    await pause(lookEveryMs)
  }
}

function keyOf({ kind, name }: Pick<Made, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}
