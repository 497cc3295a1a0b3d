import { randomUUID } from 'node:crypto'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Building } from '../../../lambdas/ports.ts'
import { sha256Hex } from '../../../lib/rules/digest.ts'
import {
  isLock,
  lockedPackages,
  lockFile,
  lockMade,
  manifestOf,
  packageFile,
} from '../../../lib/rules/node/node-requirements.ts'
import { counted } from '../../../lib/rules/problem.ts'
import type { Home } from '../../home.ts'
import { draftPrefix, removeOwnDrafts } from '../../on-disk.ts'
import type { Environment, EnvironmentMaker } from '../environment-maker.ts'
import { Makings } from '../makings.ts'
import { runNpm } from './npm.ts'

/** The environment of programs that need no packages: there is nothing in it, and nothing of it. */
const empty = 'none'

/** What packages that are not of JavaScript alone depend on. */
const platform = `node-${process.versions.modules} ${process.platform} ${process.arch}`

/** Where the server finds the packages of an environment. */
export function nodePackages({ environments }: Pick<Home, 'environments'>, environment: string): string {
  return join(environments, 'node', environment)
}

/**
 * Packages of JavaScript in folders, each named by its lock: which bytes of which packages, for which Node and machine. One
 * is made once, is complete or absent, and never changes. No script of a package runs while it is installed.
 */
export class NodeEnvironments implements EnvironmentMaker {
  readonly #home: Home
  readonly #root: string
  readonly #env: NodeJS.ProcessEnv
  readonly #stopping = new AbortController()
  readonly #makings = new Makings()
  readonly #installs = new Map<string, Promise<void>>()
  #swept: Promise<void> | undefined

  /** @param env the variables that npm sees: where it is found, and where packages come from */
  constructor(home: Home, env: NodeJS.ProcessEnv = process.env) {
    this.#home = home
    this.#root = join(home.environments, 'node')
    this.#env = env
  }

  /**
   * As `EnvironmentMaker.ready`.
   * @param requirements a lock, or what a package.json asks for: that is locked once, and stays so on this home
   * @throws Problem `environment-failed`; the system's error where the disk is full
   */
  async ready(requirements: string): Promise<Environment | Building> {
    if (requirements === '') return { name: empty }
    const key = sha256Hex(requirements)
    const known = this.#makings.take(key)
    if (known !== undefined) return known
    const complete = await this.#complete(requirements)
    return (
      complete ?? this.#makings.begin(key, 'resolving packages', (tell) => this.#make(requirements, tell))
    )
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#makings.over()
  }

  async #complete(requirements: string): Promise<Environment | undefined> {
    const lock = await this.#keptLock(requirements)
    if (lock === undefined) return undefined
    const environment = environmentOf(lock)
    return (await isThere(join(this.#root, environment.name))) ? environment : undefined
  }

  async #keptLock(requirements: string): Promise<string | undefined> {
    if (isLock(requirements)) return requirements
    return readFile(this.#lockPath(requirements), 'utf8').catch(() => undefined)
  }

  #lockPath(requirements: string): string {
    return join(this.#home.cache, 'requirements', `${sha256Hex(requirements)}.${lockFile}`)
  }

  async #make(requirements: string, tell: (text: string) => void): Promise<Environment> {
    await mkdir(this.#root, { recursive: true })
    this.#swept ??= removeOwnDrafts(this.#root)
    await this.#swept
    const draft = join(this.#root, `${draftPrefix}${randomUUID()}`)
    await mkdir(draft, { mode: 0o700 })
    try {
      await writeFile(join(draft, packageFile), manifestOf(requirements))
      const lock = (await this.#keptLock(requirements)) ?? (await this.#lock(requirements, draft))
      const environment = environmentOf(lock)
      tell(`installing ${counted(lockedPackages(lock), 'package')}`)
      const { name } = environment
      const install = this.#installs.get(name) ?? this.#install(lock, name, draft)
      this.#installs.set(name, install)
      await install.finally(() => this.#installs.delete(name))
      return environment
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }

  async #lock(requirements: string, draft: string): Promise<string> {
    await this.#npm(['install', '--package-lock-only'], draft)
    const lock = lockMade(await readFile(join(draft, lockFile), 'utf8'), requirements)
    const path = this.#lockPath(requirements)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(join(draft, 'kept'), lock)
    await rename(join(draft, 'kept'), path)
    return lock
  }

  async #install(lock: string, name: string, draft: string): Promise<void> {
    const place = join(this.#root, name)
    if (await isThere(place)) return
    const folder = join(draft, 'environment')
    await mkdir(folder)
    await writeFile(join(folder, packageFile), manifestOf(lock))
    await writeFile(join(folder, lockFile), lock)
    await this.#npm(['ci', '--omit=dev'], folder)
    await rename(folder, place)
  }

  #npm(args: readonly string[], cwd: string): Promise<void> {
    return runNpm(args, { env: this.#env, cwd, signal: this.#stopping.signal })
  }
}

function environmentOf(lock: string): Environment {
  return { name: sha256Hex(`${lock}\n${platform}`), lock: sha256Hex(lock) }
}

function isThere(place: string): Promise<boolean> {
  return access(place).then(
    () => true,
    () => false,
  )
}
