import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Building } from '../../../lambdas/ports.ts'
import { sha256Hex } from '../../../lib/rules/digest.ts'
import { counted } from '../../../lib/rules/problem.ts'
import {
  lockedCount,
  type RequirementsFile,
  readRequirements,
  withOwnHashes,
} from '../../../lib/rules/python/requirements-file.ts'
import type { Home } from '../../home.ts'
import { unless } from '../../on-disk.ts'
import type { Environment, EnvironmentMaker } from '../environment-maker.ts'
import { findInterpreter, type Interpreter } from './interpreter.ts'
import { Uv } from './uv.ts'

/** What the server of the runtime needs itself. */
const serverRequirements = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'model-templates',
  'python',
  'requirements.in',
)

const draftPrefix = 'draft-'

/** The program that runs a version in its environment. @param environment what `PythonEnvironments.ready` answered */
export function environmentPython({ environments }: Pick<Home, 'environments'>, environment: string): string {
  return join(environments, environment, 'bin', 'python')
}

/** An environment on its way. */
interface Making {
  text: string
  outcome?: { readonly environment: Environment } | { readonly error: unknown }
  readonly over: Promise<void>
}

/** What an environment is made of, before it is resolved. */
interface Wanted {
  readonly text: string
  readonly file: RequirementsFile
  readonly server: string
  readonly python: Interpreter
  /** Where the resolution is kept: the same text gives the same lock next year. */
  readonly lockPath: string
}

/**
 * Environments of Python packages, each named by its lock: which bytes of which packages, for which Python. One is
 * made once, is complete or absent, and never changes; a complete one needs no network and no uv. One of these has a
 * home to itself.
 */
export class PythonEnvironments implements EnvironmentMaker {
  readonly #home: Home
  readonly #env: NodeJS.ProcessEnv
  readonly #stopping = new AbortController()
  readonly #makings = new Map<string, Making>()
  readonly #installs = new Map<string, Promise<void>>()
  readonly #swept: Promise<unknown>
  #python: Promise<Interpreter> | undefined
  #uv: Promise<Uv> | undefined

  /** @param env the variables that Python, pip and uv see: where they are found, and where packages come from */
  constructor(home: Home, env: NodeJS.ProcessEnv = process.env) {
    this.#home = home
    this.#env = env
    // What a process left that was killed: nothing of it is used.
    const left = readdirSync(home.environments).filter((name) => name.startsWith(draftPrefix))
    const gone = { recursive: true, force: true, maxRetries: 3 }
    this.#swept = Promise.allSettled(left.map((name) => rm(join(home.environments, name), gone)))
  }

  /**
   * The environment of a requirements file and of our own server beside it, or what is being done to make it. The
   * making goes on by itself; an error of it is thrown once, by the next call, and the call after that begins anew.
   * @param text of the requirements file; '' asks for nothing more than the server needs
   * @throws Problem `python-missing`, `environment-failed`; the system's error where the disk is full
   */
  async ready(text: string): Promise<Environment | Building> {
    const key = sha256Hex(text)
    const making = this.#makings.get(key)
    if (making === undefined) {
      const wanted = await this.#wanted(text)
      return (await this.#complete(wanted)) ?? { building: this.#begin(key, wanted).text }
    }
    if (making.outcome === undefined) return { building: making.text }
    this.#makings.delete(key)
    if ('error' in making.outcome) throw making.outcome.error
    return making.outcome.environment
  }

  /** End what is being made. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#swept, ...[...this.#makings.values()].map(({ over }) => over)])
  }

  async #wanted(text: string): Promise<Wanted> {
    const file = readRequirements(text)
    this.#python ??= findInterpreter(this.#env)
    const python = await this.#python.catch((error) => {
      this.#python = undefined
      throw error
    })
    const server = await readFile(serverRequirements, 'utf8')
    const name = sha256Hex(JSON.stringify([text, server, python.tag]))
    return { text, file, server, python, lockPath: join(this.#home.cache, 'requirements', `${name}.lock`) }
  }

  async #complete({ lockPath, python }: Wanted): Promise<Environment | undefined> {
    const lock = await readFile(lockPath, 'utf8').catch(() => undefined)
    if (lock === undefined) return undefined
    const environment = nameOf(lock, python)
    return (await runs(environmentPython(this.#home, environment))) ? locked(environment, lock) : undefined
  }

  #begin(key: string, wanted: Wanted): Making {
    const known = this.#makings.get(key)
    if (known !== undefined) return known
    const tell = (text: string) => {
      making.text = text
    }
    const over = Promise.resolve()
      .then(() => this.#make(wanted, tell))
      .then(
        (environment) => {
          making.outcome = { environment }
        },
        (error) => {
          making.outcome = { error }
        },
      )
    const making: Making = {
      text: `resolving ${counted(wanted.file.requirements.length, 'requirement')}`,
      over,
    }
    this.#makings.set(key, making)
    return making
  }

  async #make(wanted: Wanted, tell: (text: string) => void): Promise<Environment> {
    await this.#swept
    const draft = join(this.#home.environments, `${draftPrefix}${randomUUID()}`)
    await mkdir(draft, { mode: 0o700 })
    try {
      const uv = await this.#foundUv(wanted.python, tell)
      const lock = await this.#lock(uv, wanted, draft, tell)
      const environment = nameOf(lock, wanted.python)
      const install =
        this.#installs.get(environment) ?? this.#install(uv, { ...wanted, lock, environment, draft }, tell)
      this.#installs.set(environment, install)
      tell(`installing ${counted(lockedCount(lock), 'package')}`)
      await install.finally(() => this.#installs.delete(environment))
      return locked(environment, lock)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }

  #foundUv(python: Interpreter, tell: (text: string) => void): Promise<Uv> {
    const places = { home: this.#home, drafts: this.#home.environments }
    const onInstall = () => tell('getting uv, which installs Python packages')
    this.#uv ??= Uv.find(places, python, this.#env, { signal: this.#stopping.signal, onInstall }).catch(
      (error) => {
        this.#uv = undefined
        throw error
      },
    )
    return this.#uv
  }

  /** The lock of what is wanted: the one that was made of the same text before, or a new one. */
  async #lock(
    uv: Uv,
    { text, file, server, python, lockPath }: Wanted,
    draft: string,
    tell: (text: string) => void,
  ): Promise<string> {
    const kept = await readFile(lockPath, 'utf8').catch(() => undefined)
    if (kept !== undefined) return kept
    tell(`resolving ${counted(file.requirements.length, 'requirement')}`)
    const [input, output] = [join(draft, 'requirements.txt'), join(draft, 'resolved.lock')]
    await writeFile(input, text)
    const plain = ['--quiet', '--generate-hashes', '--no-header', '--no-annotate']
    const early = file.options.includes('--pre') ? ['--prerelease', 'allow'] : []
    const args = ['--python', python.path, ...plain, ...early, '--output-file', output]
    const serverNeeds = readRequirements(server).requirements.map(({ text: need }) => need)
    const { signal } = this.#stopping
    await uv.run(['pip', 'compile', ...args, input, serverRequirements], { signal, serverNeeds })
    const lock = withOwnHashes(await readFile(output, 'utf8'), file)
    await writeFile(output, lock)
    await mkdir(dirname(lockPath), { recursive: true })
    await rename(output, lockPath)
    return lock
  }

  async #install(
    uv: Uv,
    { file, lock, environment, python, draft }: Wanted & Locked,
    tell: (text: string) => void,
  ): Promise<void> {
    const place = join(this.#home.environments, environment)
    if (await runs(environmentPython(this.#home, environment))) return
    const [venv, options] = [join(draft, 'environment'), join(draft, 'options.txt')]
    const { signal } = this.#stopping
    await uv.run(['venv', '--quiet', '--relocatable', '--python', python.path, venv], { signal })
    const locked = join(venv, 'requirements.lock')
    // Options of the user's file say where packages are: they are no part of the lock, which says which they are.
    await Promise.all([writeFile(locked, lock), writeFile(options, file.options.join('\n'))])
    const installing = `installing ${counted(lockedCount(lock), 'package')}`
    const onLine = (line: string) => {
      const [, step] = /^\s*((?:Downloading|Building|Prepared) .+)$/.exec(line) ?? []
      if (step !== undefined)
        tell(`${installing}: ${step[0]?.toLowerCase()}${step.slice(1).replace(/ @ .*/, '')}`)
    }
    const into = ['--require-hashes', '--python', join(venv, 'bin', 'python')]
    await uv.run(['pip', 'sync', '--compile-bytecode', ...into, locked, options], { signal, onLine })
    // Where the Python below an environment has gone, the environment is made again in its place.
    await rename(place, join(draft, 'gone')).catch(unless('ENOENT'))
    await rename(venv, place)
  }
}

interface Locked {
  readonly lock: string
  readonly environment: string
  readonly draft: string
}

function locked(name: string, lock: string): Environment {
  return { name, lock: sha256Hex(lock) }
}

function nameOf(lock: string, { tag }: Interpreter): string {
  return sha256Hex(`${lock}\n${tag}`)
}

/** Whether an environment's Python is there, and the one it leads to. */
function runs(python: string): Promise<boolean> {
  return access(python).then(
    () => true,
    () => false,
  )
}
