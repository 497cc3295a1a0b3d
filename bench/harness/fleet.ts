import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PlatformClient } from '../../cli/platform-client.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { until } from '../../test/harness/until.ts'
import type { PlatformProcess } from './processes.ts'

const iris = join(import.meta.dirname, '..', '..', 'examples', 'iris', '1.0.0')

/** How many files are dropped before the first of them is waited for. */
const together = 200
const patienceMs = 600_000

export const shapes = ['one-model', 'many-models'] as const
export type Shape = (typeof shapes)[number]

export interface Member {
  readonly model: string
  readonly version: string
}

/** Many versions: of one model, or one each of as many models. Oldest first. */
export function fleetOf(shape: Shape, count: number): readonly Member[] {
  return Array.from({ length: count }, (_, i) =>
    shape === 'one-model' ? { model: 'iris', version: `1.0.${i}` } : { model: `iris-${i}`, version: '1.0.0' },
  )
}

/** One request that every member answers. */
export function irisRequest(): Promise<string> {
  return readFile(join(iris, 'examples', 'setosa.json'), 'utf8')
}

/**
 * Release a fleet by dropping its files, and wait until every release is over and every model live. The first goes
 * alone: it waits for the state machines, and it is the one that goes live where they are all of one model.
 * @returns how many were released a second, of those after the first
 */
export async function release(platform: PlatformProcess, fleet: readonly Member[]): Promise<number> {
  const client = new PlatformClient(platform.url)
  const [first, ...rest] = fleet
  if (first === undefined) return Number.NaN
  const bytes = await readFile(join(iris, 'model.onnx'))
  await drop(platform, bytes, first)
  await released(client, first)
  await live(client, 1)
  const started = performance.now()
  for (let from = 0; from < rest.length; from += together) {
    const dropped = rest.slice(from, from + together)
    await Promise.all(dropped.map((member) => drop(platform, bytes, member)))
    // One after the other, so that looking costs the platform a call a version and hardly more.
    for (const member of dropped) await released(client, member)
  }
  await live(client, new Set(fleet.map(({ model }) => model)).size)
  return rate(rest.length, started)
}

/** Promote every version in turn, all at once, so that ranges choose among them all. @returns promotions a second */
export async function acceptAll({ url }: PlatformProcess, fleet: readonly Member[]): Promise<number> {
  const client = new PlatformClient(url)
  const started = performance.now()
  const [, ...rest] = fleet
  for (const { model, version } of rest) {
    const { id } = await client.promote(model, { version, rollout: 'all-at-once', reason: 'bench' })
    const over = async () => (await client.operation(id)).state !== 'running'
    await until(`${version} is promoted`, over, patienceMs)
  }
  return rate(rest.length, started)
}

/** How many a second, of a number done since then. */
function rate(count: number, started: number): number {
  return count === 0 ? Number.NaN : count / ((performance.now() - started) / 1000)
}

/** A file whose bytes no other version has: an ONNX file may say in `doc_string` (field 6) whatever it likes. */
async function drop({ store }: PlatformProcess, bytes: Buffer, { model, version }: Member): Promise<void> {
  const said = Buffer.from(`${model} ${version}`)
  const place = join(store, 'models', model, `${version}.onnx`)
  await mkdir(dirname(place), { recursive: true })
  await writeFile(place, Buffer.concat([bytes, Buffer.from([(6 << 3) | 2, said.length]), said]))
}

/** A version answers as soon as it is ready; only when its release is over is nothing more to be done for it. */
async function released(client: PlatformClient, { model, version }: Member): Promise<void> {
  const operation = await until(
    `${model} ${version} is taken in`,
    () => operationOf(client, model, version),
    patienceMs,
  )
  const over = async () => (await client.operation(operation)).state !== 'running'
  await until(`the release of ${model} ${version} is over`, over, patienceMs)
  const { state, problem } = await client.version(model, version)
  if (state !== 'READY') throw new Error(`${model} ${version} is ${state}: ${problem?.detail}`)
}

/** @returns the release of a version, undefined until the platform has taken its file in */
async function operationOf(
  client: PlatformClient,
  model: string,
  version: string,
): Promise<string | undefined> {
  const found = await client.version(model, version).catch((error) => {
    if (isProblem(error) && error.status === 404) return undefined
    throw error
  })
  return found?.operation
}

async function live(client: PlatformClient, count: number): Promise<void> {
  const areLive = async () => {
    const models = await client.models()
    return models.length === count && models.every((model) => model.live !== undefined)
  }
  await until('every model is live', areLive, patienceMs)
}
