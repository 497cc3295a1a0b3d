import type { Inspected } from '../../lambdas/release/inspection.ts'
import { toldOfContents } from '../../lib/rules/archive/archive-judgement.ts'
import { costSentence } from '../../lib/rules/cost.ts'
import { recordingSentence } from '../../lib/rules/cost-of-platform.ts'
import { bodyOfExample, goldenRequests } from '../../lib/rules/golden.ts'
import { graphFile } from '../../lib/rules/graph/graph-definition.ts'
import { runsNothing } from '../../lib/rules/graph/graph-endpoint.ts'
import type { Runtime } from '../../lib/rules/manifest.ts'
import { describeNodePackages } from '../../lib/rules/node/node-requirements.ts'
import { unsafePickleSentence } from '../../lib/rules/python/unsafe-pickle.ts'
import { describeRPackages, readRRequirements } from '../../lib/rules/r/r-requirements.ts'
import { readJsonRecords } from '../../lib/rules/request-records.ts'
import { requestValidator } from '../../lib/rules/request-validation.ts'
import { describeFields, type Signature } from '../../lib/rules/signature.ts'
import { parseJson } from '../../lib/rules/tabular-body.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { yamlOf } from '../field-yaml.ts'
import { reachableNodes } from '../graph-lookup.ts'
import { inspectRelease } from '../inspected-release.ts'
import { type Named, readRelease } from '../release-files.ts'
import { tellProfile } from '../tell-profile.ts'
import { costWorthTelling } from '../version-cost.ts'

/** Look at a model without a platform: what it was recognised as, and the whole manifest with where each value came from. */
export async function check(
  { talk, platform }: Context,
  path: string,
  options: Named & { readonly profile?: boolean },
): Promise<ExitCode> {
  const release = await readRelease(path, options)
  const { model, version } = release
  // Only a graph has to do with what there is besides it.
  const nodes = release.files.has(graphFile) ? await reachableNodes(platform) : undefined
  const inspected = await inspectRelease(release, nodes && { nodes })
  const { manifest, signature, signatureOrigin, origins, entry, requirements, unlisted } = inspected
  const { read, sizeBytes, paths, baseline } = inspected
  const validate = signature && requestValidator(signature)
  for (const { request, expect } of goldenRequests(manifest.examples, paths)) {
    // Whoever says nothing of what it takes may be sent anything.
    if (signature === undefined || validate === undefined) break
    const text = new TextDecoder().decode(await read(request))
    if (request.endsWith('.json'))
      validate(readJsonRecords(bodyOfExample(request, parseJson(text, request)), signature))
    if (expect !== undefined) parseJson(new TextDecoder().decode(await read(expect)), expect)
  }
  const filled = Object.entries({ ...manifest, signature }).map(([key, value]) => {
    const origin = key === 'signature' ? signatureOrigin : (origins[key] ?? 'default')
    return yamlOf(key, value).replace(/$/m, `  # ${origin}`)
  })
  talk.say(`${talk.paint('green', '✔')} ${model} ${version} is a model for the ${manifest.runtime} runtime`)
  for (const line of recognisedLines(inspected)) talk.say(`  ${line}`)
  if (unlisted !== undefined) {
    talk.say(talk.paint('red', `  ${unsafePickleSentence(entry, unlisted)}`))
    talk.say(
      talk.paint(
        'red',
        '  A platform takes it only where whoever runs it allows that, and its history tells it for ever.',
      ),
    )
  }
  const contents = release.archive && toldOfContents(release.archive)
  if (contents !== undefined) talk.say(`  ${contents}`)
  for (const line of signatureLines(signature, manifest.runtime)) talk.say(`  ${line}`)
  if (requirements !== undefined)
    talk.say(`  needs ${packagesOf(requirements, manifest.runtime) || 'nothing besides the server'}`)
  if (baseline !== undefined)
    talk.say(`  is compared with ${baseline.sketch.rows} rows of ${baseline.file}, of which a sketch is kept`)
  const cost = runsNothing(manifest.runtime)
    ? undefined
    : costWorthTelling({ platform }, manifest.host, sizeBytes)
  if (cost !== undefined) talk.say(`  costs on AWS ${costSentence(cost)}`)
  if (manifest.capture.samplePercent > 0)
    talk.say(`  on AWS ${recordingSentence(manifest.capture.samplePercent)}`)
  const profile = options.profile ? await tellProfile(talk, release, inspected) : undefined
  talk.say()
  talk.data(
    {
      manifest: { ...manifest, signature },
      origins: { ...origins, signature: signatureOrigin },
      ...recognitionOf(inspected),
      ...(requirements !== undefined && { requirements }),
      ...(unlisted !== undefined && { unlisted }),
      ...(baseline !== undefined && { baseline: { file: baseline.file, rows: baseline.sketch.rows } }),
      ...(cost !== undefined && { cost }),
      ...(profile !== undefined && { profile }),
    },
    filled.join('\n'),
  )
  return exitCode.done
}

/** What a release was recognised as, by which file and why, and what else lies in it that looks like a model. */
function recognitionOf({ layout, entry, because, beside, found }: Inspected) {
  return { layout, entry, because, beside, found }
}

function recognisedLines({ because, beside, found }: Inspected): string[] {
  return [
    found,
    `recognised because ${because}`,
    ...(beside.length > 0 ? [`taken for parts of it: ${beside.join(', ')}`] : []),
  ]
}

function signatureLines(signature: Signature | undefined, runtime: Runtime): string[] {
  if (signature === undefined && runtime === 'graph')
    return [
      'takes and answers what its nodes do: with a platform that has them (--platform) that is told, too',
    ]
  if (signature === undefined)
    return ['takes whatever its server does: there is no signature to hold requests to']
  return [`takes ${describeFields(signature.inputs)}`, `gives ${describeFields(signature.outputs)}`]
}

/** The packages that a version asks for, in one line; of a requirements file the lines that name one. */
function packagesOf(requirements: string, runtime: Runtime): string {
  if (runtime === 'node') return describeNodePackages(requirements)
  if (runtime === 'r') return describeRPackages(readRRequirements(requirements))
  const lines = requirements
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/(?:^|\s)(?:#|--hash).*$|\\$/, '').trim())
  return lines.filter((line) => line !== '').join(', ')
}
