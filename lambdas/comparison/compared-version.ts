import { setTimeout as pause } from 'node:timers/promises'
import type { Answered } from '../../lib/rules/comparison/comparison.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import type { InputRecord } from '../../lib/rules/request-records.ts'
import { isServedAsOurs } from '../endpoint-truth.ts'
import { refuseUnlessReady } from '../moves.ts'
import type { Ports } from '../ports.ts'
import { type PredictPorts, predictionsIn, predictRecords } from '../serving/predict.ts'
import {
  type Contract,
  predictionTimeoutMs,
  type ReadyVersion,
  readyVersion,
} from '../serving/ready-version.ts'

/** A version that can be compared: it says what it takes and answers. */
export type ComparedVersion = ReadyVersion & { readonly contract: Contract }

/** @throws Problem `not-comparable` where it does not say what it takes; `version-unknown`, `version-not-ready` and kin */
export async function comparedVersion(
  { registry }: Pick<Ports, 'registry'>,
  model: string,
  version: string,
): Promise<ComparedVersion> {
  const ready = readyVersion(model, version, await registry.version(model, version))
  const { contract } = ready
  if (contract === undefined)
    throw new Problem(
      'not-comparable',
      `${model} ${version} does not say what it takes and answers; write its signature into its manifest`,
    )
  return { ...ready, contract }
}

/** @throws Problem `not-comparable` where two versions have no output in common */
export function refuseUnlike(a: ComparedVersion, b: ComparedVersion): void {
  const [mine, others] = [a, b].map(({ contract }) => contract.signature.outputs.map(({ name }) => name)) as [
    string[],
    string[],
  ]
  if (mine.some((name) => others.includes(name))) return
  throw new Problem(
    'not-comparable',
    `${a.model} ${a.version} answers ${mine.join(', ')}, and ${b.version} ${others.join(', ')}: they have no output in common`,
  )
}

const lookEveryMs = 250

/**
 * Wait until a version answers, waking it where it sleeps: what starts has not failed.
 * @throws Problem `endpoint-failed` also where it does not answer in time, `served-is-not-ours`
 */
export async function awake(
  { registry, host, clock }: Pick<Ports, 'registry' | 'host' | 'clock'>,
  { model, version }: ComparedVersion,
  until: number,
): Promise<void> {
  const record = refuseUnlessReady(model, version, await registry.version(model, version))
  for (;;) {
    const { endpoint } = record
    const isParked = endpoint !== undefined && (await host.describe(endpoint)).state === 'parked'
    if (isParked) await host.wake(endpoint)
    else if (await isServedAsOurs({ host, registry }, record)) return
    if (clock.now() + lookEveryMs >= until)
      throw new Problem('endpoint-failed', `${model} ${version} is still starting; try again in a minute`)
    await pause(lookEveryMs)
  }
}

/** Where a version has no room, its callers go first; after so long they are left alone. */
const roomEveryMs = 20
const roomPatienceMs = 2000

/** An answer; or why there was none that says something of the version. */
export type Asked = Answered | { readonly none: 'no-room' | 'no-time' }

/**
 * Ask a version one record, when it has room for it.
 * @param leftMs after so long nobody waits for its answer any more
 */
export async function askCompared(
  ports: PredictPorts,
  version: ComparedVersion,
  inputs: InputRecord,
  leftMs: number,
): Promise<Asked> {
  const since = performance.now()
  const until = since + Math.min(roomPatienceMs, leftMs)
  for (;;) {
    const left = leftMs - (performance.now() - since)
    const timeoutMs = Math.min(predictionTimeoutMs(version), left)
    if (left > 0 && ports.host.hasRoom(version.endpoint))
      try {
        const within = { ...version, timeoutSeconds: timeoutMs / 1000 }
        const answer = await predictRecords(ports, within, version.contract.signature, [inputs])
        const [prediction] = predictionsIn(version, answer.body)
        return { prediction, latencyMs: answer.latencyMs }
      } catch (error) {
        if (!isProblem(error)) throw error
        // It might have answered a caller, who waits longer.
        if (error.code === 'model-timeout' && timeoutMs < predictionTimeoutMs(version))
          return { none: 'no-time' }
        if (error.code !== 'model-busy') return { problem: error.code }
      }
    if (performance.now() >= until) return { none: left > 0 ? 'no-room' : 'no-time' }
    await pause(roomEveryMs)
  }
}
