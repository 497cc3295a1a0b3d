import { existsSync, readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { OwnServerRuntime } from '../environments/environments.ts'
import { javaCommand } from '../environments/java/java-environments.ts'
import { nodePackages } from '../environments/node/node-environments.ts'
import { environmentPython } from '../environments/python/python-environments.ts'
import { environmentR } from '../environments/r/r-environments.ts'
import type { Home } from '../home.ts'
import type { OwnServerImage } from '../image-folder.ts'
import type { Launch } from './launch.ts'

const templates = join(import.meta.dirname, '..', '..', 'model-templates')

/** How the server that many ONNX models share is started. */
export function onnxLaunch(memoryMb = Math.max(2048, totalmem() / 2 ** 21)): Launch {
  return {
    command: process.execPath,
    args: [join(templates, 'onnx', 'serve.mjs')],
    env: {},
    memoryMb,
  }
}

interface OwnLaunch {
  readonly home: Home
  /** The name of the version's environment, among those of its runtime. */
  readonly environment: string
  /** The most memory it may take, in MiB. */
  readonly memoryMb: number
}

/** By runtime: how a server that is one version's own is started. */
const ownServers: Readonly<
  Record<
    OwnServerRuntime,
    (launch: OwnLaunch) => Pick<Launch, 'command' | 'args' | 'hasWarmParent'> & Partial<Pick<Launch, 'env'>>
  >
> = {
  java: ({ home, environment, memoryMb }) => javaCommand(home, environment, memoryMb),
  node: ({ home, environment }) => ({
    command: process.execPath,
    args: [join(templates, 'node', 'serve.mjs')],
    env: { PACKAGES_DIR: nodePackages(home, environment) },
  }),
  python: ({ home, environment }) => ({
    command: environmentPython(home, environment),
    args: [join(templates, 'python', 'serve.py')],
    hasWarmParent: process.platform === 'linux',
  }),
  r: ({ home, environment }) => {
    const { rscript, libraries } = environmentR(home, environment)
    // A program in R hears no signal: a shell does it for it.
    return {
      command: 'sh',
      args: [join(templates, 'r', 'serve.sh')],
      env: { SLUICE_R: rscript, R_LIBS: libraries },
    }
  },
}

/** How the server of one version is started, where its runtime gives each a process of its own. */
export function ownLaunch(home: Home, image: string, memoryMb: number): Launch | undefined {
  const place = `${image}.json`
  if (!existsSync(place)) return undefined
  // An image packed while Python was the only runtime of its kind does not name it.
  const { runtime = 'python', environment } = JSON.parse(
    readFileSync(place, 'utf8'),
  ) as Partial<OwnServerImage> & Pick<OwnServerImage, 'environment'>
  const { env, ...own } = ownServers[runtime]({ home, environment, memoryMb })
  return { ...own, env: { ...env, MODEL_DIR: image, VERSION_FILE: place }, memoryMb }
}
