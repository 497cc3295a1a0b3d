import { bodyOfExample, goldenRequests } from '../lib/rules/golden.ts'
import { Problem } from '../lib/rules/problem.ts'
import { readJsonRecords } from '../lib/rules/request-records.ts'
import { requestValidator } from '../lib/rules/request-validation.ts'
import { plainColumns, type StartProfile, startMends, startMs } from '../lib/rules/start-profile.ts'
import { parseJson } from '../lib/rules/tabular-body.ts'
import { homeAt } from '../local/home.ts'
import { profileStart } from '../local/profile-start.ts'
import { usualHome } from './credential.ts'
import type { inspectRelease } from './inspected-release.ts'
import type { ReleaseFiles } from './release-files.ts'
import type { Talk } from './terminal/talk.ts'

const mostImports = 12

/** What a start was found to take, and what would make it faster. */
export interface ToldProfile extends StartProfile {
  readonly totalMs: number
  readonly mends: readonly string[]
}

/** Start a release on this machine, and tell where its start goes. @throws Problem `usage` where it cannot be started */
export async function tellProfile(
  talk: Talk,
  release: ReleaseFiles,
  inspected: Awaited<ReturnType<typeof inspectRelease>>,
): Promise<ToldProfile> {
  const { manifest, signature, entry, layout, requirements = '' } = inspected
  if (signature === undefined || manifest.runtime === 'container')
    throw new Problem('usage', `a start of ${manifest.runtime} without a signature is not profiled here`)
  const served = {
    ...{ entry, signature, layout },
    ...(manifest.unsafePickle === true && { unsafePickle: true as const }),
  }
  const body = JSON.stringify({ inputs: await firstColumns(release, inspected) })
  const home = homeAt(`${usualHome}/profiles`)
  talk.say('  starting it on this machine, which runs it')
  const { runtime, host } = manifest
  const version = { runtime, files: release.files, served, requirements, memoryMb: host.memoryMb, body }
  const profile = await profileStart(home, version, (text) => talk.say(`  ${text}`)).catch((error) => {
    throw Error.isError(error) && !(error instanceof Problem) ? new Problem('usage', error.message) : error
  })
  const told = { ...profile, totalMs: startMs(profile), mends: startMends(profile, entry) }
  for (const line of profileLines(told)) talk.say(`  ${line}`)
  talk.say()
  return told
}

function profileLines({
  environment,
  processMs,
  loadMs,
  firstAnswerMs,
  imports,
  totalMs,
  mends,
}: ToldProfile) {
  const row = (what: string, ms: number, note = '') =>
    `${what.padEnd(28)}${String(Math.round(ms)).padStart(8)} ms${note}`
  const shown = (imports ?? []).slice(0, mostImports)
  return [
    row('environment', environment.ms, environment.wasMade ? '  made, once' : '  found'),
    row('process, until it listens', processMs),
    row('model loaded', loadMs, imports === undefined ? '' : '  imports included'),
    row('first prediction', firstAnswerMs),
    row('start → first prediction', totalMs),
    ...(shown.length > 0 ? ['imports, by the longest (in a second start, which tells of them):'] : []),
    ...shown.map(({ module, ms }) => row(`  ${module}`, ms)),
    ...mends.map((mend) => `→ ${mend}`),
  ]
}

/** The columns of the first example, else of a record that fits. */
async function firstColumns(
  release: ReleaseFiles,
  { manifest, signature, read }: Awaited<ReturnType<typeof inspectRelease>>,
): Promise<Record<string, unknown[]>> {
  if (signature === undefined) return {}
  const [example] = goldenRequests(manifest.examples, [...release.files.keys()])
  if (example === undefined || !example.request.endsWith('.json')) return plainColumns(signature)
  const json = parseJson(new TextDecoder().decode(await read(example.request)), example.request)
  const records = requestValidator(signature)(
    readJsonRecords(bodyOfExample(example.request, json), signature),
  )
  return Object.fromEntries(signature.inputs.map(({ name }) => [name, records.map((one) => one[name])]))
}
