import { join } from 'node:path'
import semver from 'semver'
import { Problem } from '../../../lib/rules/problem.ts'
import type { RPackages } from '../../../lib/rules/r/r-requirements.ts'
import { runToEnd } from '../python/run-to-end.ts'

/** Looks for packages, and installs them: a program in R, the same as in an image. */
export const installer = join(import.meta.dirname, '..', '..', '..', 'model-templates', 'r', 'install.R')

/** The R of this machine, and what of the packages asked for it has. */
export interface RInstallation {
  /** The program that runs R. */
  readonly rscript: string
  /** What packages that were built here depend on: the minor version and the platform. */
  readonly tag: string
  /** The folders in which it looks for packages. */
  readonly libraries: readonly string[]
  /** By name, the version that is there and will do. */
  readonly has: Readonly<Record<string, string>>
  /** Names of packages that are not there, or not as they have to be. */
  readonly lacks: readonly string[]
}

const oldest = '4.2.0'
const answersWithinMs = 60_000

/**
 * Look at the R of this machine: what SLUICE_R names, else the Rscript of the PATH.
 * @throws Problem `r-missing`
 */
export async function lookAtR(packages: RPackages, env: NodeJS.ProcessEnv): Promise<RInstallation> {
  const named = env['SLUICE_R']
  const rscript = named ?? 'Rscript'
  const name =
    named === undefined ? 'there is no Rscript on the PATH' : `SLUICE_R names ${named}, which is not there`
  const signal = AbortSignal.timeout(answersWithinMs)
  const args = ['--vanilla', installer, 'look', ...asked(packages)]
  const ended = await runToEnd(rscript, args, { env, signal }).catch(() => ({ stdout: '' }))
  if (ended === undefined) throw missing(name)
  const [first, ...lines] = ended.stdout.split('\n').map((line) => line.trim().split(' '))
  const [word, version = '', platform = ''] = first ?? []
  if (word !== 'r' || !semver.valid(version)) throw missing(`${rscript} does not run R`)
  if (semver.lt(version, oldest)) throw missing(`${rscript} is R ${version}`)
  const found = (kind: string) => lines.filter(([one]) => one === kind)
  return {
    rscript,
    tag: `${semver.major(version)}.${semver.minor(version)}-${platform}`,
    libraries: found('library').map(([, ...path]) => path.join(' ')),
    has: Object.fromEntries(found('has').map(([, one = '', at = '']) => [one, at])),
    lacks: found('lacks').map(([, one = '']) => one),
  }
}

/** Packages as the installer is asked for them. */
export function asked(packages: RPackages): string[] {
  return [...packages].map(([name, version]) => (version === null ? name : `${name}=${version}`))
}

function missing(found: string): Problem {
  return new Problem(
    'r-missing',
    `a version of the r runtime needs R 4.2 or newer, and ${found}; install it (on Debian and Ubuntu: apt-get install ` +
      'r-base-core r-cran-httpuv r-cran-jsonlite), or name an Rscript with SLUICE_R',
  )
}
