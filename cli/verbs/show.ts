import { costSentence } from '../../lib/rules/cost.ts'
import { drawGraph } from '../../lib/rules/graph/drawing.ts'
import { runsNothing } from '../../lib/rules/graph/graph-endpoint.ts'
import { type Manifest, mayBeOpaque } from '../../lib/rules/manifest.ts'
import type { Deprecation, GoldenProof } from '../../lib/rules/model-version.ts'
import { counted } from '../../lib/rules/problem.ts'
import { describeFields } from '../../lib/rules/signature.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { bytes, table } from '../terminal/talk.ts'
import { costWorthTelling } from '../version-cost.ts'

/** A model: its aliases, versions and latest operations; or one version of it. */
export async function show(context: Context, model: string, version: string | undefined): Promise<ExitCode> {
  return version === undefined ? showModel(context, model) : showVersion(context, model, version)
}

async function showModel({ talk, platform }: Context, model: string): Promise<ExitCode> {
  const details = await platform.model(model)
  const aliases = Object.entries(details.aliases).map(([name, { stable, canary, previous }]) => [
    name,
    stable,
    canary === undefined ? '-' : `${canary.version} ${canary.weightPercent} %`,
    previous ?? '-',
  ])
  const versions = details.versions.map(({ version, state, sizeBytes, readyAt, problem, drift }) => [
    version,
    state,
    sizeBytes === undefined ? '-' : bytes(sizeBytes),
    details.accepted.includes(version) ? 'yes' : 'no',
    drift === undefined ? '-' : `since ${drift.since.slice(0, 16)}Z`,
    problem?.detail ?? readyAt ?? '-',
  ])
  const operations = details.operations.map(({ id, state, version, reason }) => [
    id,
    state === 'waiting' ? 'waits for approval' : state,
    version,
    reason,
  ])
  const waiting = details.operations.flatMap(({ id, waitsFor }) =>
    waitsFor === undefined ? [] : [[id, waitsFor]],
  )
  const text = [
    table(['ALIAS', 'SERVES', 'CANARY', 'BEFORE'], aliases),
    table(['VERSION', 'STATE', 'SIZE', 'ACCEPTED', 'DRIFTS', 'SINCE'], versions),
    table(['OPERATION', 'STATE', 'VERSION', 'REASON'], operations),
    ...(waiting.length === 0 ? [] : [table(['OPERATION', 'WAITS FOR'], waiting)]),
  ].join('\n\n')
  talk.data(details, text)
  return exitCode.done
}

async function showVersion({ talk, platform }: Context, model: string, version: string): Promise<ExitCode> {
  const details = await platform.version(model, version)
  const { state, digest, signature, manifest, deprecation, retiredAt, problem } = details
  const cost =
    manifest &&
    !runsNothing(manifest.runtime) &&
    costWorthTelling({ platform }, manifest.host, details.sizeBytes ?? 0)
  const lines = [
    ['state', state],
    ['digest', digest],
    ['size', bytes(details.sizeBytes)],
    ['runtime', manifest?.runtime],
    [
      'pickle',
      manifest?.unsafePickle === true
        ? 'UNSAFE: the model file runs whatever it says as it is loaded'
        : undefined,
    ],
    ['takes', signature ? describeFields(signature.inputs) : opaqueText(manifest)],
    ['gives', signature && describeFields(signature.outputs)],
    ['proven', provenBy(details.proof)],
    ...sourceLines(manifest?.source),
    ['costs', cost ? costSentence(cost) : undefined],
    ['deprecated', deprecation && deprecationText(deprecation)],
    ['retired', retiredAt],
    ['problem', problem?.detail],
  ].filter(([, value]) => value !== undefined)
  const drawn = details.graph === undefined ? [] : ['', ...drawGraph(details.graph, details.nodes)]
  talk.data(
    { ...details, ...(cost && { cost }) },
    [...lines.map(([name = '', value]) => `${name.padEnd(11)}${value}`), ...drawn].join('\n'),
  )
  return exitCode.done
}

/** What a version takes that says nothing of it, once its manifest is known. */
function opaqueText(manifest: Manifest | undefined): string | undefined {
  return manifest !== undefined && mayBeOpaque(manifest) ? 'whatever its server does' : undefined
}

/** Where the version came from, a line each. */
function sourceLines(source: Manifest['source']): (readonly [string, string | undefined])[] {
  const metrics = Object.entries(source?.metrics ?? {}).map(([name, value]) => `${name} ${value}`)
  return [
    ['git', source?.git],
    ['dataset', source?.dataset],
    ['author', source?.author],
    ['tool', source?.tool],
    ['metrics', metrics.length === 0 ? undefined : metrics.join(', ')],
  ]
}

function provenBy(proof: GoldenProof | undefined): string | undefined {
  if (proof === undefined) return undefined
  const { expected, answered } = proof
  return `${counted(expected, 'example')} answered as expected${answered === 0 ? '' : `, ${answered} more answered`}`
}

function deprecationText({ at, sunset, successor, reason }: Deprecation): string {
  const until = sunset === undefined ? '' : `, until ${sunset.slice(0, 10)}`
  const instead = successor === undefined ? '' : `, go to ${successor}`
  return `since ${at.slice(0, 10)}${until}${instead}: ${reason}`
}
