import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Building } from '../../../lambdas/ports.ts'
import { canonicalJson, sha256Hex } from '../../../lib/rules/digest.ts'
import { counted, Problem } from '../../../lib/rules/problem.ts'
import { type RPackages, readRRequirements } from '../../../lib/rules/r/r-requirements.ts'
import type { Home } from '../../home.ts'
import { unless } from '../../on-disk.ts'
import type { Environment, EnvironmentMaker } from '../environment-maker.ts'
import { runToEnd } from '../python/run-to-end.ts'
import { asked, installer, lookAtR, type RInstallation } from './r-installation.ts'

const draftPrefix = 'r-draft-'
const factsFile = 'environment.json'

/** How the server of a version is started in its environment. */
interface Started {
  readonly rscript: string
  /** Where it looks for packages, first the library of those that R itself did not have, as R_LIBS has them. */
  readonly libraries: string
}

/** @param environment a name that `REnvironments.ready` answered */
export function environmentR({ environments }: Pick<Home, 'environments'>, environment: string): Started {
  const folder = join(environments, environment)
  const { rscript, libraries } = JSON.parse(readFileSync(join(folder, factsFile), 'utf8')) as RInstallation
  return { rscript, libraries: [join(folder, 'library'), ...libraries].join(delimiter) }
}

/** An environment on its way. */
interface Making {
  text: string
  outcome?: { readonly environment: Environment } | { readonly error: unknown }
  readonly over: Promise<void>
}

/**
 * Environments of R packages: a library of what the R of this machine lacks. One is named by what was asked for, by that
 * R and by what it has of it; it is made once, is complete or absent, and never changes.
 */
export class REnvironments implements EnvironmentMaker {
  readonly #home: Home
  readonly #env: NodeJS.ProcessEnv
  readonly #stopping = new AbortController()
  readonly #makings = new Map<string, Making>()
  readonly #swept: Promise<unknown>

  /** @param env the variables that R sees: where it is found, and where packages come from */
  constructor(home: Home, env: NodeJS.ProcessEnv = process.env) {
    this.#home = home
    this.#env = env
    // What a process left that was killed: nothing of it is used.
    const left = readdirSync(home.environments).filter((name) => name.startsWith(draftPrefix))
    const gone = { recursive: true, force: true, maxRetries: 3 }
    this.#swept = Promise.allSettled(left.map((name) => rm(join(home.environments, name), gone)))
  }

  /** @throws Problem `r-missing`, `environment-failed` */
  async ready(requirements: string): Promise<Environment | Building> {
    const making = this.#makings.get(requirements)
    if (making === undefined) return this.#begun(requirements)
    if (making.outcome === undefined) return { building: making.text }
    this.#makings.delete(requirements)
    if ('error' in making.outcome) throw making.outcome.error
    return making.outcome.environment
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#swept, ...[...this.#makings.values()].map(({ over }) => over)])
  }

  async #begun(requirements: string): Promise<Environment | Building> {
    const packages = readRRequirements(requirements)
    const found = await lookAtR(packages, this.#env)
    const environment = environmentOf(requirements, found)
    if (await exists(join(this.#home.environments, environment.name, factsFile))) return environment
    const known = this.#makings.get(requirements)
    if (known !== undefined) return { building: known.text }
    const making: Making = {
      text: `looking for ${counted(found.lacks.length, 'package')}`,
      over: Promise.resolve()
        .then(() => this.#make(packages, found, environment, (text) => Object.assign(making, { text })))
        .then(
          () => {
            making.outcome = { environment }
          },
          (error) => {
            making.outcome = { error }
          },
        ),
    }
    this.#makings.set(requirements, making)
    // Where R has everything, there is nothing to wait for.
    if (found.lacks.length > 0) return { building: making.text }
    await making.over
    return this.ready(requirements)
  }

  async #make(
    packages: RPackages,
    found: RInstallation,
    environment: Environment,
    tell: (text: string) => void,
  ): Promise<void> {
    await this.#swept
    const draft = join(this.#home.environments, `${draftPrefix}${randomUUID()}`)
    const library = join(draft, 'library')
    await mkdir(library, { recursive: true, mode: 0o700 })
    try {
      if (found.lacks.length > 0) await this.#install(packages, found, library, tell)
      await writeFile(
        join(draft, factsFile),
        canonicalJson({ ...found, packages: Object.fromEntries(packages) }),
      )
      // Another of the same may have been faster.
      await rename(draft, join(this.#home.environments, environment.name)).catch(unless('ENOTEMPTY'))
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }

  async #install(
    packages: RPackages,
    { rscript }: RInstallation,
    library: string,
    tell: (text: string) => void,
  ): Promise<void> {
    let reason = 'R ended without a word'
    const onLine = (line: string) => {
      if (line.startsWith('installing ')) tell(line)
      if (line.startsWith('sluice: ')) reason = line.slice('sluice: '.length)
    }
    const scratch = join(library, '..', 'scratch')
    await mkdir(scratch)
    // With the profile of the user, which may say where packages come from.
    const args = ['--no-save', '--no-restore', installer, 'into', library, ...asked(packages)]
    const ended = await runToEnd(rscript, args, {
      env: { ...this.#env, TMPDIR: scratch },
      cwd: scratch,
      signal: this.#stopping.signal,
      onLine,
    })
    await rm(scratch, { recursive: true, force: true })
    if (ended?.ok !== true) throw new Problem('environment-failed', reason)
  }
}

function environmentOf(requirements: string, found: RInstallation): Environment {
  const { tag, has, lacks } = found
  const lock = sha256Hex(canonicalJson({ requirements, tag, has, lacks }))
  return { name: `r-${sha256Hex(canonicalJson({ lock, found }))}`, ...(requirements !== '' && { lock }) }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
