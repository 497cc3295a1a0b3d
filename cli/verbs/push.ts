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
  const failed = await upload(platform, release, talk)
  talk.say(`${talk.paint('bold', `${model} ${version}`)} uploaded, ${release.files.size} files`)
  if (!options.wait) {
    talk.data({ model, version }, `${model} ${version}`)
    return exitCode.done
  }
  const ended = await follow(context, await releaseOf(context, model, version, failed))
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
  failed: string | undefined,
): Promise<string> {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    const operation = (await versionOf(platform, model, version))?.operation
    if (operation !== undefined && operation !== failed) return operation
    await pause(platform.lookEveryMs)
  }
  throw new Problem('platform-fault', `the platform has not taken ${model} ${version} in within a minute`)
}
