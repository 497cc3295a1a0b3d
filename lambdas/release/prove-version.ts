import {
  bodyOfExample,
  byteDifferences,
  differences,
  type Golden,
  goldenRequests,
  sampleOf,
  toldDifferences,
} from '../../lib/rules/golden.ts'
import { planGraph } from '../../lib/rules/graph/graph-plan.ts'
import { typeOfFile } from '../../lib/rules/media-types.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { counted, type Finding, isProblem, Problem } from '../../lib/rules/problem.ts'
import { parseJson } from '../../lib/rules/tabular-body.ts'
import { note, operationOf } from '../operations.ts'
import type { Ports } from '../ports.ts'
import { predict } from '../serving/predict.ts'
import { contractOf } from '../serving/ready-version.ts'
import type { Step } from '../step.ts'

/** Send every golden request of the release, before any traffic: each must answer as expected. */
export const proveVersion =
  (ports: Ports): Step =>
  async ({ operation: id }) => {
    const { model, version } = await operationOf(ports, id)
    const proven = await provable(ports, model, version)
    const paths = proven.artifact.files.map(({ path }) => path)
    const examples = goldenRequests(proven.manifest.examples, paths)
    const failed: Failed[] = []
    let sample: VersionRecord['sample']
    for (const [index, example] of examples.entries()) {
      const { findings, answered } = await prove(ports, proven, example).catch(asFailure)
      if (findings.length > 0) failed.push({ index, findings, request: example.request })
      if (answered !== undefined) sample ??= sampleOf(answered.request, answered.answer)
    }
    if (failed.length > 0) throw unproven(`${model} ${version}`, failed, examples.length)
    const expected = examples.filter(({ expect }) => expect !== undefined).length
    const proof = { expected, answered: examples.length - expected }
    await ports.registry.changeVersion(model, {
      version,
      seen: { state: 'CREATING', owner: id },
      facts: { proof, ...(sample !== undefined && { sample }) },
    })
    await note(ports, id, {}, sentence(proof))
    return {}
  }

type Provable = VersionRecord & Required<Pick<VersionRecord, 'manifest' | 'endpoint' | 'artifact'>>
interface Failed {
  readonly index: number
  readonly findings: readonly Finding[]
  readonly request: string
}
interface Proven {
  readonly findings: readonly Finding[]
  /** The exchange, where both were JSON. */
  readonly answered?: { readonly request: unknown; readonly answer: unknown }
}

async function provable({ registry }: Ports, model: string, version: string): Promise<Provable> {
  const found = await registry.version(model, version)
  if (!found?.manifest || !found.endpoint || !found.artifact)
    throw new Problem('platform-fault', 'the endpoint was not created')
  return found as Provable
}

async function prove(ports: Ports, version: Provable, example: Golden): Promise<Proven> {
  const { request, expect, tolerance } = example
  const { model, signature, endpoint, manifest, artifact, graph } = version
  const bytes = async (path: string) => {
    const file = artifact.files.find((one) => one.path === path)
    return file === undefined ? new Uint8Array() : ports.store.read(file)
  }
  const contentType = signature === undefined ? typeOfFile(request) : contentTypeOf(request)
  const sent = await bytes(request)
  const json = contentType === jsonType ? bodyOfExample(request, parsed(sent, request)) : undefined
  const { kind, timeoutSeconds } = manifest.host
  const { body } = await predict(
    ports,
    {
      model,
      version: version.version,
      endpoint,
      ...(signature !== undefined && { contract: contractOf(signature) }),
      host: kind,
      timeoutSeconds,
      ...(graph !== undefined && { graph: planGraph(graph) }),
    },
    {
      contentType,
      // Whoever gets it as it comes gets it as it is written.
      body:
        json === undefined || signature === undefined ? sent : new TextEncoder().encode(JSON.stringify(json)),
    },
  )
  const expected = expect === undefined ? undefined : await bytes(expect)
  if (signature === undefined) return provenBytes(json, body, expected, tolerance)
  const answer = parsed(body, 'the answer')
  const findings =
    expected === undefined ? [] : differences(parsed(expected, expect ?? ''), answer, tolerance)
  return { findings, ...(json !== undefined && { answered: { request: json, answer } }) }
}

/** Compared as JSON where both are, byte by byte where one is not. */
function provenBytes(
  request: unknown,
  body: Uint8Array,
  expected: Uint8Array | undefined,
  tolerance: number,
): Proven {
  const answer = jsonIn(body)
  const answered = request !== undefined && answer !== undefined && { request, answer: answer.json }
  const wanted = expected && jsonIn(expected)
  const findings =
    wanted !== undefined && answer !== undefined
      ? differences(wanted.json, answer.json, tolerance)
      : byteDifferences(expected ?? body, body)
  return { findings, ...(answered && { answered }) }
}

function asFailure(error: unknown): Proven {
  if (!isProblem(error)) throw error
  // Too many calls at once say nothing of the model: the step is tried again.
  if (error.code === 'model-busy') throw new Error(error.message)
  const allowed = 'a request that the signature allows, and an answer'
  return { findings: [{ pointer: '', found: error.message, allowed }, ...error.errors] }
}

function unproven(which: string, failed: readonly Failed[], count: number): Problem {
  const named = failed.slice(0, 3).map(({ request }) => request)
  const more = failed.length > 3 ? ` and ${failed.length - 3} more` : ''
  return new Problem(
    'golden-check-failed',
    `${which} did not answer ${failed.length} of ${counted(count, 'example')} as expected: ${named.join(', ')}${more}`,
    toldDifferences(failed),
  )
}

function sentence({ expected, answered }: NonNullable<VersionRecord['proof']>): string {
  const told = [
    ...(expected > 0 ? [`answered ${counted(expected, 'example')} as expected`] : []),
    ...(answered > 0 ? [`answered ${counted(answered, 'example')} of which nothing is expected`] : []),
  ]
  return told.join(', ') || 'no examples to prove it by'
}

const jsonType = 'application/json'

/** A golden request of a version with a signature is any body that callers may send: its ending tells which. */
function contentTypeOf(path: string): string {
  if (path.endsWith('.csv')) return 'text/csv'
  if (path.endsWith('.jsonl')) return 'application/jsonlines'
  return path.endsWith('.npy') ? 'application/x-npy' : jsonType
}

/** The JSON that bytes hold; undefined where they hold none. */
function jsonIn(bytes: Uint8Array): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  } catch {
    return undefined
  }
}

function parsed(bytes: Uint8Array, what: string): unknown {
  return parseJson(new TextDecoder().decode(bytes), what)
}
