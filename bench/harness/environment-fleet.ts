import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformClient } from '../../cli/platform-client.ts'
import { isProblem } from '../../lib/rules/problem.ts'
import { run } from '../../test/harness/containers/run.ts'
import { until } from '../../test/harness/until.ts'
import { filesOnDisk, megabytes } from './disk.ts'
import { modelRequirements, type Peers } from './peer-stacks.ts'
import { command, type PlatformProcess, startPlatform } from './processes.ts'
import { refusalOf } from './sluice-stacks.ts'

const model = 'cancer'
const fixture = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'breast-cancer')
const training = join(import.meta.dirname, '..', 'peers', 'train_versions.py')
const patienceMs = 600_000

/** What there was when a version had become ready. */
export interface Pushed {
  readonly version: string
  /** From the start of the command to the version's being READY. */
  readonly seconds: number
  readonly environments: number
  /** On the disk below `environments/`. */
  readonly megabytes: number
}

export interface Venv {
  readonly seconds: number
  readonly megabytes: number
}

/** Push so many versions one after the other, into a home below `folder`. The last of them must answer. */
export async function pushVersions(
  folder: string,
  peers: Peers,
  count: number,
  say: (line: string) => void,
): Promise<Pushed[]> {
  const trained = join(folder, 'trained')
  await mkdir(trained)
  await run(peers.python, [training, trained, `${count}`])
  const home = join(folder, 'home')
  const platform = await startPlatform({ home, environment: { UV_CACHE_DIR: join(folder, 'uv-cache') } })
  try {
    const pushed: Pushed[] = []
    for (let i = 0; i < count; i += 1) {
      const files = await releaseIn(join(folder, `release-${i}`), join(trained, `${i}.joblib`), peers)
      const version = `1.${i}.0`
      const seconds = await secondsUntilReady(platform, files, version)
      pushed.push({ version, seconds, ...(await environmentsIn(home)) })
      say(`${version} was ready after ${seconds.toFixed(1)} s`)
    }
    await answers(platform, `1.${count - 1}.0`)
    return pushed
  } finally {
    await platform.stop()
  }
}

/** Venvs of the same packages, as a version that has one to itself would be given: the first with pip's cache empty. */
export async function venvsByPip(
  folder: string,
  { requirements }: Peers,
  count: number,
  say: (line: string) => void,
): Promise<Venv[]> {
  const made: Venv[] = []
  for (let i = 0; i < count; i += 1) {
    const place = join(folder, `venv-${i}`)
    const began = performance.now()
    await run('python3', ['-m', 'venv', place])
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
    await run(join(place, 'bin', 'python'), [...install, ...modelRequirements(requirements)], {
      PIP_CACHE_DIR: join(folder, 'pip-cache'),
    })
    const seconds = (performance.now() - began) / 1000
    made.push({ seconds, megabytes: megabytes(await filesOnDisk(place)) })
    say(`venv ${i + 1} was made in ${seconds.toFixed(1)} s`)
  }
  return made
}

async function releaseIn(files: string, trained: string, { requirements }: Peers): Promise<string> {
  await mkdir(files)
  await copyFile(trained, join(files, 'model.joblib'))
  await writeFile(join(files, 'requirements.txt'), `${modelRequirements(requirements).join('\n')}\n`)
  return files
}

/** @throws Error with the platform's own words where the version does not become ready */
async function secondsUntilReady({ url }: PlatformProcess, files: string, version: string): Promise<number> {
  const client = new PlatformClient(url)
  const began = performance.now()
  const refusal = refusalOf(
    await command(url, 'push', files, '--model', model, '--version', version, '--no-wait'),
  )
  if (refusal !== undefined) throw new Error(refusal)
  await until(
    `${version} is ready`,
    async () => {
      const found = await client.version(model, version).catch((error) => {
        if (isProblem(error) && error.status === 404) return undefined
        throw error
      })
      if (found?.state === 'FAILED') throw new Error(`${version} failed: ${found.problem?.detail}`)
      return found?.state === 'READY'
    },
    patienceMs,
  )
  return (performance.now() - began) / 1000
}

async function environmentsIn(home: string): Promise<Pick<Pushed, 'environments' | 'megabytes'>> {
  const place = join(home, 'environments')
  const names = (await readdir(place)).filter((name) => !name.startsWith('draft-'))
  return { environments: names.length, megabytes: megabytes(await filesOnDisk(place)) }
}

/** @throws Error where a version answers anything but 200 */
async function answers({ url }: PlatformProcess, version: string): Promise<void> {
  const [row] = JSON.parse(await readFile(join(fixture, 'rows.json'), 'utf8')) as number[][]
  const body = JSON.stringify({ instances: [row] })
  const answer = await new PlatformClient(url).invoke(model, `versions/${version}`, body, 'application/json')
  if (answer.status !== 200) throw new Error(`${version}: status ${answer.status}: ${answer.body}`)
}
