import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonWith } from '../../test/harness/emulator/python-with.ts'
import type { Peers } from './peer-stacks.ts'
import { freePort, startServer } from './processes.ts'
import { cores, missingStack, oneThread, type Protocol, type Stack, type StackProcess } from './stack.ts'

const model = 'breast-cancer'
const requirements = join(import.meta.dirname, '..', 'peers', 'requirements-mlserver.txt')

/** As it comes, and with its own batches: at most as many rows together as there are callers, waiting at most so long. */
const variants = [
  { name: 'MLServer', batches: {} },
  { name: 'MLServer, batched', batches: { max_batch_size: 32, max_batch_time: 0.005 } },
] as const

const quiet = { level: 'ERROR' }
const logging = {
  version: 1,
  disable_existing_loggers: false,
  loggers: {
    mlserver: quiet,
    'mlserver.rest': quiet,
    'mlserver.grpc': quiet,
    'mlserver.metrics': quiet,
    uvicorn: quiet,
  },
}

/** The Open Inference Protocol, version 2. */
const openInference: Protocol = {
  bodyOf: (row) =>
    JSON.stringify({
      inputs: [{ name: 'input', shape: [1, row.length], datatype: 'FP32', data: row }],
      outputs: [{ name: 'predict_proba' }],
    }),
  probabilitiesIn: (text) => {
    const { outputs } = JSON.parse(text) as {
      outputs: readonly { readonly name: string; readonly data: readonly number[] }[]
    }
    const found = outputs.find(({ name }) => name === 'predict_proba')?.data
    if (found?.length !== 2) throw new Error(`no probabilities in ${text}`)
    return found
  },
}

/**
 * The forest of the peers in MLServer and its runtime for scikit-learn, in one process (of its ways the one with least
 * to do for a request) and with errors as its only log. What does not start here is told in its place.
 */
export async function mlserverStacks(folder: string, peers: Peers): Promise<Stack[]> {
  try {
    const python = await pythonWith('mlserver', (await readFile(requirements, 'utf8')).trim().split('\n'))
    const stacks: Stack[] = []
    for (const variant of variants) stacks.push(await tried(await stackOf(folder, python, peers, variant)))
    return stacks
  } catch (error) {
    return variants.map(({ name }) => missingStack(name, reasonOf(error)))
  }
}

async function stackOf(
  folder: string,
  python: string,
  peers: Peers,
  { name, batches }: (typeof variants)[number],
): Promise<Stack> {
  // Named as the model is: MLServer warns of any other.
  const place = join(folder, name.replaceAll(/\W+/g, '-'), model)
  await mkdir(place, { recursive: true })
  await copyFile(peers.model, join(place, 'model.joblib'))
  const settings = {
    name: model,
    implementation: 'mlserver_sklearn.SKLearnModel',
    parameters: { uri: './model.joblib', version: '1.0.0' },
    ...batches,
  }
  await writeFile(join(place, 'model-settings.json'), JSON.stringify(settings))
  return { name, protocol: openInference, start: () => started(python, place) }
}

async function started(python: string, place: string): Promise<StackProcess> {
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()]
  const settings = {
    ...{ host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics },
    ...{ debug: false, parallel_workers: 0, logging_settings: logging },
  }
  await writeFile(join(place, 'settings.json'), JSON.stringify(settings))
  const main = ['-c', 'from mlserver.cli import main; main()', 'start', place]
  const server = await startServer(http, python, main, {
    environment: { ...oneThread, PYTHONDONTWRITEBYTECODE: '1' },
    core: cores.servers,
    readyPath: `/v2/models/${model}/ready`,
  })
  return { ...server, path: `/v2/models/${model}/infer`, fault: async () => undefined }
}

/** The stack, where one start of it comes to be ready. */
async function tried(stack: Stack): Promise<Stack> {
  try {
    await (await stack.start()).stop()
    return stack
  } catch (error) {
    return missingStack(stack.name, reasonOf(error))
  }
}

/** What pip calls an error, or else the last line: what stands above is how it came to be. */
function reasonOf(error: unknown): string {
  const text = Error.isError(error) ? error.message : String(error)
  const lines = text.trimEnd().split('\n')
  return lines.findLast((line) => line.startsWith('ERROR: ')) ?? lines.at(-1) ?? text
}
