import { setTimeout as pause } from 'node:timers/promises'
import type { GraphPlan } from '../../../lib/rules/graph/graph-plan.ts'
import { Problem } from '../../../lib/rules/problem.ts'
import type { InputRecord } from '../../../lib/rules/request-records.ts'
import type { Signature } from '../../../lib/rules/signature.ts'
import type { Ports } from '../../ports.ts'
import type { Asking } from '../prediction.ts'
import { type ReadyVersion, readyVersion } from '../ready-version.ts'
import type { RoutingRecords } from '../recent-records.ts'
import { checkedAnswers } from './checked-answers.ts'
import type { AskedNode, GraphTrace, Question } from './graph-run.ts'
import { nodeRecords } from './node-records.ts'
import { runGraph } from './run-graph.ts'

/** Asks a version, which may be a graph itself, for predictions of records that fit it. */
export type AskVersion = (
  version: ReadyVersion,
  signature: Signature,
  records: readonly InputRecord[],
  how: Asking,
) => Promise<readonly unknown[]>

export interface GraphCall {
  readonly ports: Pick<Ports, 'random'> & { readonly registry: Pick<RoutingRecords, 'version'> }
  readonly version: Omit<ReadyVersion, 'digest'> & { readonly graph: GraphPlan }
  readonly signature: Signature
  readonly how: Asking
  /** How long all of it may take. */
  readonly timeoutMs: number
  readonly askVersion: AskVersion
}

const unheard: GraphTrace = { asked: () => {}, fellBack: () => {} }

/**
 * Ask a graph: its nodes are asked in this process, each by its own endpoint.
 * @returns `{"predictions": […]}`
 * @throws Problem that names the node, its model and its version
 */
export async function predictByGraph(call: GraphCall, records: readonly InputRecord[]): Promise<Uint8Array> {
  const { ports, version, signature, how, timeoutMs } = call
  const own = how.signal ?? new AbortController().signal
  const run = {
    ports: {
      ask: (node: AskedNode, question: Question) => askNode(call, node, question),
      now: () => performance.now(),
      sleep,
      draw: () => ports.random.draw(),
    },
    plan: version.graph,
    trace: how.trace ?? unheard,
    until: performance.now() + timeoutMs,
    signal: own,
  }
  const answers = await runGraph(run, records)
  const predictions = checkedAnswers(
    signature,
    answers.map((answer) => unwrapped(answer, signature)),
    () => {
      return `${version.model} ${version.version}`
    },
  )
  return new TextEncoder().encode(JSON.stringify({ predictions }))
}

/** What has one output is answered bare, whether the expression names it or not. */
function unwrapped(answer: unknown, { outputs }: Signature): unknown {
  const [only] = outputs
  if (outputs.length !== 1 || only === undefined) return answer
  const isNamed = typeof answer === 'object' && answer !== null && !Array.isArray(answer)
  return isNamed && Object.hasOwn(answer, only.name) ? (answer as InputRecord)[only.name] : answer
}

async function askNode(call: GraphCall, node: AskedNode, question: Question): Promise<readonly unknown[]> {
  const { registry } = call.ports
  const version = readyVersion(node.model, node.version, await registry.version(node.model, node.version))
  if (version.digest !== node.digest)
    throw new Problem('served-is-not-ours', 'other bytes answer for it than were there at the release')
  const { contract } = version
  if (contract === undefined) throw new Problem('graph-failed', 'it does not say what it takes')
  const records = nodeRecords(contract, question)
  const { traceparent } = call.how
  const answers = await call.askVersion(version, contract.signature, records, {
    timeoutMs: question.timeoutMs,
    signal: question.signal,
    ...(traceparent !== undefined && { traceparent }),
  })
  return checkedAnswers(contract.signature, answers, () => 'it')
}

/** Resolves later, or never once nobody waits: then there is no timer left of it either. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await pause(Math.max(0, ms), undefined, { signal, ref: false }).catch(() => new Promise(() => {}))
}
