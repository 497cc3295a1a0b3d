import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServedVersion } from '../lib/rules/served-version.ts'
import { reasonInLog } from '../lib/rules/server-log.ts'
import { importTimes, type StartProfile } from '../lib/rules/start-profile.ts'
import { Environments } from './environments/environments.ts'
import { environmentPython } from './environments/python/python-environments.ts'
import type { Home } from './home.ts'
import type { Launch } from './hosting/launch.ts'
import { ProcessCensus } from './hosting/process-census.ts'
import { onnxLaunch, ownLaunch } from './hosting/runtime-launch.ts'
import type { ServerProcess } from './hosting/server-process.ts'
import { startServer } from './hosting/start-server.ts'
import { VersionLog } from './hosting/version-log.ts'

/** A version whose start is looked at. */
export interface Profiled {
  readonly runtime: string
  /** Where its files lie, by their path in the artifact. */
  readonly files: ReadonlyMap<string, string>
  readonly served: ServedVersion
  readonly requirements: string
  readonly memoryMb: number
  /** What is asked first: canonical JSON. */
  readonly body: string
}

const lookEveryMs = 50
const startsWithinMs = 120_000

/**
 * Start a version as the laptop does, in its environment, and see where the time goes. It is started twice where the
 * runtime can tell what it imports: telling takes time of its own.
 * @param home with environments of its own @throws Error where it does not start, with what it said
 */
export async function profileStart(
  home: Home,
  version: Profiled,
  tell: (text: string) => void,
): Promise<StartProfile> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-profile-'))
  const environments = new Environments(home)
  try {
    const { runtime } = version
    const since = performance.now()
    const environment = environments.has(runtime)
      ? await readyEnvironment(environments, runtime, version.requirements, tell)
      : undefined
    const made = { ms: performance.now() - since, wasMade: environment?.wasMade ?? false }
    const launch = await laidOut(home, folder, version, environment?.name)
    const times = await timesOf(folder, launch, version, 'plain')
    const told = { environment: made, ...times, uncompiled: [] }
    if (runtime !== 'python' || environment === undefined) return told
    const env = { ...launch.env, PYTHONPROFILEIMPORTTIME: '1' }
    await timesOf(folder, { ...launch, env }, version, 'imports')
    const lines = readFileSync(join(folder, 'imports.log'), 'utf8').split('\n')
    const imports = importTimes(lines.map((line) => line.slice(line.indexOf(' ') + 1)))
    return { ...told, imports, uncompiled: uncompiledIn(environmentPython(home, environment.name)) }
  } finally {
    await environments.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function readyEnvironment(
  environments: Environments,
  runtime: Parameters<Environments['ready']>[0],
  requirements: string,
  tell: (text: string) => void,
): Promise<{ readonly name: string; readonly wasMade: boolean }> {
  for (let wasMade = false, told = ''; ; wasMade = true) {
    const made = await environments.ready(runtime, requirements)
    if ('name' in made) return { name: made.name, wasMade }
    if (made.building !== told) tell(made.building)
    told = made.building
    await pause(lookEveryMs)
  }
}

/** The files as an image folder has them. @returns how its server is started */
async function laidOut(
  home: Home,
  folder: string,
  { runtime, files, served, memoryMb }: Profiled,
  environment: string | undefined,
): Promise<Launch> {
  const image = join(folder, 'image')
  for (const [path, place] of files) {
    await mkdir(dirname(join(image, path)), { recursive: true })
    await copyFile(place, join(image, path))
  }
  if (environment !== undefined) {
    await writeFile(`${image}.json`, JSON.stringify({ ...served, runtime, environment }))
    const own = ownLaunch(home, image, memoryMb)
    if (own !== undefined) return own
  }
  return { ...onnxLaunch(memoryMb), env: { MODEL_DIR: image } }
}

async function timesOf(folder: string, launch: Launch, { runtime, body }: Profiled, name: string) {
  const log = new VersionLog(join(folder, `${name}.log`))
  const isShared = runtime === 'onnx'
  const since = performance.now()
  const server = startServer(launch, log, new ProcessCensus(join(folder, 'processes')))
  const late = setTimeout(
    () => server.kill(`it did not start within ${startsWithinMs / 1000} s`),
    startsWithinMs,
  )
  try {
    await server.listens(() => true)
    const listens = performance.now()
    if (isShared) await loadInto(server, launch.env['MODEL_DIR'] ?? '')
    else await server.listens((status) => status === 200)
    const loaded = performance.now()
    const answer = await server.ask('POST', isShared ? '/models/profiled/invoke' : '/invocations', body)
    const firstAnswerMs = performance.now() - loaded
    if (answer.status !== 200)
      throw new Error(`the first prediction failed: ${Buffer.from(answer.body).toString().slice(0, 300)}`)
    return { processMs: listens - since, loadMs: loaded - listens, firstAnswerMs }
  } catch (error) {
    throw new Error(
      reasonInLog(log.lastSaid()) ?? (Error.isError(error) ? error.message : 'it did not start'),
    )
  } finally {
    clearTimeout(late)
    await server.stop()
  }
}

async function loadInto(server: ServerProcess, url: string): Promise<void> {
  const { status, body } = await server.ask(
    'POST',
    '/models',
    JSON.stringify({ model_name: 'profiled', url }),
  )
  if (status !== 200) throw new Error(`the model cannot be loaded: ${Buffer.from(body).toString()}`)
}

/** Packages of an environment whose modules have no byte code beside them. */
function uncompiledIn(python: string): string[] {
  const lib = join(dirname(dirname(python)), 'lib')
  const versions = existsSync(lib) ? readdirSync(lib) : []
  return versions.flatMap((version) => {
    const packages = join(lib, version, 'site-packages')
    const names = existsSync(packages) ? readdirSync(packages) : []
    return names.filter(
      (name) =>
        existsSync(join(packages, name, '__init__.py')) && !existsSync(join(packages, name, '__pycache__')),
    )
  })
}
