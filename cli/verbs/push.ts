import { setTimeout as pause } from 'node:timers/promises'
import { Problem } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode, exitCodeOfOperation } from '../exit-codes.ts'
import { follow } from '../follow.ts'
import { type Named, readRelease } from '../release-files.ts'
import { printProblem } from '../terminal/problem-text.ts'
import { bytes } from '../terminal/talk.ts'
import { upload, versionOf } from '../upload.ts'

/** Upload a model and watch its release. */
export async function push(
  context: Context,
  path: string,
  options: Named & { readonly wait: boolean },
): Promise<ExitCode> {
  const { talk, platform } = context
  const release = await readRelease(path, options)
  const { model, version } = release
  const before = (await versionOf(platform, model, version))?.operation
  await upload(platform, release)
  talk.say(`${talk.paint('bold', `${model} ${version}`)} uploaded, ${release.files.size} files`)
  if (!options.wait) {
    talk.data({ model, version }, `${model} ${version}`)
    return exitCode.done
  }
  const ended = await follow(context, await releaseOf(context, model, version, before))
  const details = await platform.version(model, version)
  if (ended.problem !== undefined) printProblem(talk, Problem.of(ended.problem))
  talk.data(
    { model, version, state: details.state, digest: details.digest, operation: ended },
    `${model} ${version} ${details.state} ${bytes(details.sizeBytes)}`,
  )
  return exitCodeOfOperation(ended)
}

/** The platform takes an upload in by itself: wait until its release has claimed the version. */
async function releaseOf(
  { platform }: Context,
  model: string,
  version: string,
  before: string | undefined,
): Promise<string> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    const operation = (await versionOf(platform, model, version))?.operation
    if (operation !== undefined && operation !== before) return operation
    await pause(20)
  }
  throw new Problem('platform-fault', `the platform has not taken ${model} ${version} in within a minute`)
}
