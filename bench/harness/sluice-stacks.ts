import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformClient } from '../../cli/platform-client.ts'
import { until } from '../../test/harness/until.ts'
import { modelRequirements, type Peers } from './peer-stacks.ts'
import { command, type PlatformProcess, type Said, startPlatform } from './processes.ts'
import { cores, missingStack, oneThread, type Stack } from './stack.ts'

const model = 'breast-cancer'
const onnx = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'breast-cancer', 'model.onnx')

export const sluiceStackNames = {
  batched: 'Sluice python',
  unbatched: 'Sluice python, unbatched',
  onnx: 'Sluice onnx',
  onnxAlone: 'Sluice onnx, no rollout',
  onnxRecorded: 'Sluice onnx, recorded',
} as const

/** The forest as a release: what stands in its model.yaml. */
const pythonManifest = `runtime: python
signature:
  inputs: [{name: input, type: float64, shape: [30]}]
  outputs: [{name: probabilities, type: float64, shape: [2]}]
`

/**
 * The second version begins a rollout that outlasts the bench. Both are the same bytes in one process: a slow moment of
 * the machine, which hits whichever is asked, is not to end the rollout that is measured.
 */
const onnxManifest = `release:
  rollout: {kind: canary, steps: [{weightPercent: 50, bakeTimeSeconds: 86400}]}
  limits: {maxLatencyP95Ratio: 1000}
`

/**
 * Sluice's stacks, each with its model released in a home of its own under `folder`: what is started in a round is a
 * platform that finds it there.
 */
export async function sluiceStacks(folder: string, peers: Peers): Promise<Stack[]> {
  return [...(await pythonStacks(folder, peers)), ...(await onnxStacks(folder))]
}

async function pythonStacks(folder: string, peers: Peers): Promise<Stack[]> {
  const { batched, unbatched } = sluiceStackNames
  const home = join(folder, 'python')
  try {
    await releasedForest(folder, home, peers)
  } catch (error) {
    const refused = Error.isError(error) ? error.message : String(error)
    return [missingStack(batched, refused), missingStack(unbatched, refused)]
  }
  return [stack(batched, home), stack(unbatched, home, { SLUICE_BATCH: 'off', SLUICE_SHED: 'off' })]
}

/** The forest of the peers, with their packages, released in a home. @throws Error with why it was refused */
export async function releasedForest(
  folder: string,
  home: string,
  { model: forest, requirements }: Peers,
): Promise<void> {
  const files = join(folder, 'python-release')
  await mkdir(files)
  await copyFile(forest, join(files, 'model.joblib'))
  await writeFile(join(files, 'model.yaml'), pythonManifest)
  await writeFile(join(files, 'requirements.txt'), `${modelRequirements(requirements).join('\n')}\n`)
  const refused = await withPlatform(home, async ({ url }) => refusalOf(await push(url, files, '1.0.0')))
  if (refused !== undefined) throw new Error(refused)
}

/** The same file with a rollout under way, while which every outcome is counted; live by itself; and with every call recorded. */
async function onnxStacks(folder: string): Promise<Stack[]> {
  const { onnx: rolling, onnxAlone: alone, onnxRecorded: recorded } = sluiceStackNames
  const files = join(folder, 'onnx-release')
  await mkdir(files)
  await copyFile(onnx, join(files, 'model.onnx'))
  await writeFile(join(files, 'model.yaml'), onnxManifest)
  const recordedFiles = join(folder, 'onnx-recorded-release')
  await mkdir(recordedFiles)
  await copyFile(onnx, join(recordedFiles, 'model.onnx'))
  await writeFile(join(recordedFiles, 'model.yaml'), 'capture: {samplePercent: 100}\n')
  return [
    await onnxStack(rolling, join(folder, 'onnx'), rolloutFault, async (url) => {
      const refusal =
        refusalOf(await push(url, files, '1.0.0')) ?? refusalOf(await push(url, files, '1.1.0', '--no-wait'))
      if (refusal !== undefined) return refusal
      await until('the rollout begins', async () => (await rolloutFault(url)) === undefined, 60_000)
      return undefined
    }),
    await onnxStack(alone, join(folder, 'onnx-alone'), loneFault, async (url) =>
      refusalOf(await push(url, files, '1.0.0')),
    ),
    await onnxStack(recorded, join(folder, 'onnx-recorded'), recordedFault, async (url) =>
      refusalOf(await push(url, recordedFiles, '1.0.0')),
    ),
  ]
}

/** @param released releases the model, and answers with why it was refused @param fault as a stack's */
async function onnxStack(
  name: string,
  home: string,
  fault: (url: string) => Promise<string | undefined>,
  released: (url: string) => Promise<string | undefined>,
): Promise<Stack> {
  const refused = await withPlatform(home, ({ url }) => released(url))
  return refused === undefined ? stack(name, home, {}, fault) : missingStack(name, refused)
}

function stack(
  name: string,
  home: string,
  environment: Readonly<Record<string, string>> = {},
  fault: (url: string) => Promise<string | undefined> = async () => undefined,
): Stack {
  return {
    name,
    start: async () => {
      const options = { home, environment: { ...oneThread, ...environment }, core: cores.servers }
      const { url, pid, stop } = await startPlatform(options)
      // By its address, so that no name is looked up.
      const at = url.replace('localhost', '127.0.0.1')
      return { url: at, pid, stop, path: `/models/${model}/invocations`, fault: () => fault(url) }
    },
  }
}

function push(url: string, files: string, version: string, ...more: readonly string[]): Promise<Said> {
  return command(url, 'push', files, '--model', model, '--version', version, ...more)
}

/** Why outcomes are not being counted. */
async function rolloutFault(url: string): Promise<string | undefined> {
  const live = (await new PlatformClient(url).model(model)).aliases['live']
  return live?.canary === undefined ? 'no rollout was under way, so that nothing was counted' : undefined
}

/** Why not every call was recorded. */
async function recordedFault(url: string): Promise<string | undefined> {
  const { versions } = await new PlatformClient(url).drift(model)
  const lost = versions[0]?.capture.lost
  if (lost === undefined) return 'no call was recorded'
  return lost === 0 ? undefined : `${lost} calls were to be recorded, and were lost`
}

/** Why it is not one version that has all the traffic. */
async function loneFault(url: string): Promise<string | undefined> {
  const live = (await new PlatformClient(url).model(model)).aliases['live']
  if (live === undefined) return 'no version is live'
  return live.canary === undefined ? undefined : 'a rollout is under way, and none was to be'
}

/** @returns the platform's own words where it did not do what it was asked */
export function refusalOf({ done, document }: Said): string | undefined {
  if (done) return undefined
  const { detail, operation } = document as {
    detail?: string
    operation?: { problem?: { detail: string }; reason: string }
  }
  return detail ?? operation?.problem?.detail ?? operation?.reason ?? JSON.stringify(document)
}

async function withPlatform<T>(home: string, act: (platform: PlatformProcess) => Promise<T>): Promise<T> {
  const platform = await startPlatform({ home, environment: oneThread })
  try {
    return await act(platform)
  } finally {
    await platform.stop()
  }
}
