import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { manifestFile } from '../../lib/rules/artifact.ts'
import { isModelName } from '../../lib/rules/names.ts'
import { Problem } from '../../lib/rules/problem.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { yamlOf } from '../field-yaml.ts'
import { inspectRelease } from '../inspected-release.ts'
import { type Named, readRelease } from '../release-files.ts'

export interface InitOptions extends Named {
  readonly dryRun?: boolean
  readonly force?: boolean
}

/** Write a model.yaml beside a model: what was found out about it, and what else there is to say, as comments. */
export async function init(
  { talk }: Context,
  path: string | undefined,
  options: InitOptions,
): Promise<ExitCode> {
  if (path === undefined)
    throw new Problem(
      'usage',
      'sluice init takes the folder of a model: sluice init PATH; or `ci`: sluice init ci',
    )
  const place = join(path, manifestFile)
  const standing = existsSync(place)
  if (standing && !options.force && !options.dryRun)
    throw new Problem('usage', `${place} is there already; --force writes over it`)
  const release = await readRelease(path, standing ? options : { ...unnamed(path), ...options })
  if (release.ending !== undefined)
    throw new Problem('usage', `${path} is a file, and a ${manifestFile} stands beside a model in a folder`)
  const inspected = await inspectRelease(release)
  const text = manifestText(inspected)
  if (!options.dryRun) await writeFile(place, text)
  talk.say(`${talk.paint('green', '✔')} ${inspected.found}`)
  talk.data({ path: place, written: options.dryRun !== true, text }, options.dryRun ? text.trimEnd() : place)
  return exitCode.done
}

/** What a model is called of which nobody has said it. */
function unnamed(path: string): Named {
  const name = basename(resolve(path))
  return { ...(isModelName(name) && { model: name }), version: '1.0.0' }
}

/** What stands over a signature that need not be said. */
const toSay: Readonly<Record<string, string>> = {
  artifact:
    '# Its inputs and outputs, read from the artifact: say them here where only some strings are allowed.',
  none: '# It gets requests as they come. With its inputs and outputs here, requests are held to them, and it gets {"inputs": …}.',
}
const exampleSignature: Signature = {
  inputs: [{ name: 'age', type: 'float64', shape: [] }],
  outputs: [{ name: 'prediction', type: 'float64', shape: [] }],
}

function manifestText({
  manifest,
  signature,
  signatureOrigin,
}: Awaited<ReturnType<typeof inspectRelease>>): string {
  const { model, version, runtime, host, image, container } = manifest
  const commented = (text: string) => text.replaceAll(/^/gm, '# ')
  const fields = yamlOf('signature', signature ?? exampleSignature)
  return [
    '# What this model is. `sluice check` prints every field, with its default and where its value came from;',
    '# docs/manifest.md explains each.',
    yamlOf('model', model),
    yamlOf('version', version),
    `${yamlOf('runtime', runtime)} # detected`,
    '',
    ...(image === undefined ? [] : [yamlOf('image', image)]),
    ...(container === undefined ? [] : [yamlOf('container', container)]),
    ...(image === undefined && container === undefined ? [] : ['']),
    '# Where it runs and how large.',
    yamlOf('host', host),
    '',
    ...(signatureOrigin in toSay
      ? [toSay[signatureOrigin], commented(fields)]
      : ['# Its inputs and outputs.', fields]),
    '',
    '# Golden requests: every one must answer as expected before any traffic.',
    '# examples:',
    '#   - {request: examples/one.json, expect: examples/one.expected.json, tolerance: 1e-5}',
    '',
    '# How it gets its traffic. Without this the first version goes live, and later ones wait for `sluice promote`.',
    '# release:',
    '#   rollout: {kind: canary, steps: [{weightPercent: 10, bakeTimeSeconds: 600}, {weightPercent: 50, bakeTimeSeconds: 600}]}',
    '#   compatibility: backward',
    '',
    '# Where it came from, shown in its history.',
    '# source: {git: COMMIT, dataset: s3://…, metrics: {auc: 0.91}}',
    '',
  ].join('\n')
}
