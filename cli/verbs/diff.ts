import {
  type Compatibility,
  type ContractChange,
  type ContractDiff,
  saysSo,
  stepBetween,
  type VersionStep,
} from '../../lib/rules/contract-diff.ts'
import { mayBeOpaque } from '../../lib/rules/manifest.ts'
import { liveAlias, parseModelName, parseVersion } from '../../lib/rules/names.ts'
import { counted, isProblem, Problem } from '../../lib/rules/problem.ts'
import { compatibilityOf, effectOf, judgeContract, type Signed } from '../../lib/rules/promotion-gates.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { inspectRelease } from '../inspected-release.ts'
import type { PlatformClient } from '../platform-client.ts'
import { type Named, readRelease } from '../release-files.ts'
import { markdownCode, markdownTable } from '../terminal/markdown.ts'
import { changeColumns } from '../terminal/problem-text.ts'
import { table } from '../terminal/talk.ts'

export interface DiffOptions extends Named {
  readonly against?: string
  readonly markdown?: boolean
}

/** Two versions of a model, the one before undefined where there is none yet. */
interface Compared {
  readonly model: string
  readonly before?: Signed
  readonly after: Promised
}

/** A version, and what it promises those who call the one before. */
type Promised = Signed & { readonly compatibility: Compatibility }

/** What is printed: the difference, and whether the version number tells of it. */
interface Judged {
  readonly model: string
  /** Absent where callers have no version yet that could change for them. */
  readonly before?: string
  readonly after: string
  readonly changes: readonly ContractChange[]
  readonly needs: VersionStep
  /** Neither version says what it takes. */
  readonly unknown?: true
  readonly says?: VersionStep
  readonly breaking: boolean
  readonly honest: boolean
  /** What the version after promises, by its manifest. */
  readonly compatibility: Compatibility
  /** A promotion of the version after, where the one before is served, would be refused for it. */
  readonly refused: boolean
}

/** Print what changes for callers; 2 where a promotion would be refused for it. */
export async function diff(
  { talk, platform }: Context,
  what: string,
  before: string | undefined,
  after: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const judged = judge(
    options.against === undefined
      ? await ofVersions(platform, what, before, after)
      : await ofPath(platform, what, options.against, options),
  )
  talk.data(judged, options.markdown ? markdownOf(judged) : textOf(judged))
  return judged.refused ? exitCode.modelFailed : exitCode.done
}

async function ofVersions(
  platform: PlatformClient,
  name: string,
  before: string | undefined,
  after: string | undefined,
): Promise<Compared> {
  if (before === undefined || after === undefined)
    throw new Problem(
      'usage',
      'two versions are compared, or a path with a model: sluice diff MODEL 1.0.0 1.1.0, sluice diff PATH --against MODEL',
    )
  const model = parseModelName(name)
  return {
    model,
    before: await signed(platform, model, parseVersion(before)),
    after: await signed(platform, model, parseVersion(after)),
  }
}

async function ofPath(
  platform: PlatformClient,
  path: string,
  against: string,
  named: Named,
): Promise<Compared> {
  const release = await readRelease(path, named)
  const { signature, manifest } = await inspectRelease(release)
  const [name = '', at = liveAlias, ...more] = against.split('@')
  if (more.length > 0)
    throw new Problem('usage', `--against takes MODEL, MODEL@ALIAS or MODEL@VERSION, and is '${against}'`)
  const model = parseModelName(name === '' ? release.model : name)
  const version = /^\d/.test(at) ? parseVersion(at) : await servedBy(platform, model, at)
  return {
    model,
    ...(version !== undefined && { before: await signed(platform, model, version) }),
    after: { version: release.version, signature, compatibility: compatibilityOf(manifest) },
  }
}

/** The version that an alias serves; undefined for a model that is not there yet, or has served nothing. */
async function servedBy(platform: PlatformClient, model: string, alias: string): Promise<string | undefined> {
  try {
    const { aliases } = await platform.model(model)
    const record = Object.hasOwn(aliases, alias) ? aliases[alias] : undefined
    if (record === undefined && alias !== liveAlias)
      throw new Problem(
        'alias-unknown',
        `'${model}' has no alias '${alias}'; it has: ${Object.keys(aliases).join(', ') || 'none yet'}`,
      )
    return record?.stable
  } catch (error) {
    if (isProblem(error) && error.code === 'model-unknown') return undefined
    throw error
  }
}

async function signed(platform: PlatformClient, model: string, version: string): Promise<Promised> {
  const { signature, state, manifest } = await platform.version(model, version)
  if (signature === undefined && !(manifest !== undefined && mayBeOpaque(manifest)))
    throw new Problem('signature-unknown', `${model} ${version} is ${state} and has no signature yet`)
  return { version, signature, compatibility: compatibilityOf(manifest) }
}

function judge({ model, before, after }: Compared): Judged {
  const none: ContractDiff = { changes: [], needs: 'patch' }
  const { compatibility } = after
  const { diff: found, refused } =
    before === undefined ? { diff: none, refused: false } : judgeContract(compatibility, before, after)
  const breaking = found.needs === 'major'
  return {
    model,
    ...(before !== undefined && { before: before.version }),
    after: after.version,
    ...found,
    ...(before !== undefined && { says: stepBetween(before.version, after.version) }),
    breaking,
    honest: before === undefined || !breaking || saysSo(found, before.version, after.version),
    compatibility,
    refused,
  }
}

/** What it comes to, in a sentence or two. */
function verdict(judged: Judged): string {
  const { before, changes, compatibility, refused } = judged
  if (before === undefined || changes.length === 0) return changeSentence(judged)
  const promise = compatibility === 'none' ? 'no compatibility' : `compatibility '${compatibility}'`
  const promotion = refused ? 'would be refused' : 'would be let through'
  return `${changeSentence(judged)}. It promises ${promise}: a promotion over ${before} ${promotion}`
}

function changeSentence({
  model,
  before,
  after,
  changes,
  needs,
  unknown,
  says,
  breaking,
  honest,
}: Judged): string {
  if (before === undefined) return `${model} ${after} is the first that callers get: nothing changes for them`
  const from = `${model} ${before} to ${after}`
  if (unknown) return `${from}: neither says what it takes, so that what changes for callers is not known`
  if (changes.length === 0) return `${from} changes nothing for callers`
  const what = `${from} has ${counted(changes.length, 'change')}`
  if (!breaking) return `${what}, and no caller breaks; it asks for a ${needs} version at least`
  return honest
    ? `${what} and breaks callers, as its version number says`
    : `${what} and breaks callers, and its version number moves by a ${says} step only; give it a new major version`
}

function textOf(judged: Judged): string {
  const { changes, compatibility } = judged
  if (changes.length === 0) return verdict(judged)
  const rows = changes.map((one) => [
    effectOf(one, compatibility),
    `${one.side.slice(0, -1)} ${one.change}`,
    one.before ?? '-',
    one.after ?? '-',
    one.reason,
  ])
  return `${table(changeColumns, rows)}\n\n${verdict(judged)}`
}

function markdownOf(judged: Judged): string {
  const { model, after, changes, compatibility, refused } = judged
  const title = `### ${refused ? '❌' : '✅'} ${markdownCode(`${model} ${after}`)}`
  const rows = changes.map((one) => [
    effectOf(one, compatibility).replace(/^(?!fits).*/, '**$&**'),
    `${one.side.slice(0, -1)} ${one.change}`,
    one.before === undefined ? '' : markdownCode(one.before),
    one.after === undefined ? '' : markdownCode(one.after),
    one.reason,
  ])
  const changed =
    rows.length === 0 ? [] : [markdownTable(['callers', 'change', 'before', 'after', 'why'], rows)]
  return [title, `${verdict(judged)}.`, ...changed].join('\n\n')
}
