import { z } from 'zod'
import { type Finding, Problem, shown } from '../problem.ts'

/** Packages by name, each with the version it must have, `>= 1.2` where a newer one will do, or null. */
export type RPackages = ReadonlyMap<string, string | null>

/** Where a program in R says what it needs, the most exact first. */
export const renvLock = 'renv.lock'
export const descriptionFile = 'DESCRIPTION'

/** Packages that are R itself, and renv, which is done once everything is there. */
const ofR: ReadonlySet<string> = new Set(
  'R base compiler datasets grDevices graphics grid methods parallel splines stats stats4 tcltk tools utils renv'.split(
    ' ',
  ),
)

const packageName = /^[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]$/
const exactVersion = /^\d+(?:[.-]\d+){1,9}$/
/** It stands in the version's record, beside up to 150 KB of files. */
const mostPackages = 1000

/** The text of what a version asks for; '' for nothing. */
export function rRequirements(packages: RPackages): string {
  const wanted = [...packages].filter(([name]) => !ofR.has(name)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return wanted.length === 0 ? '' : JSON.stringify({ packages: Object.fromEntries(wanted) })
}

const written = z.object({ packages: z.record(z.string(), z.string().nullable()) })

/** @param text what `rRequirements` gave */
export function readRRequirements(text: string): RPackages {
  return new Map(text === '' ? [] : Object.entries(written.parse(JSON.parse(text)).packages))
}

/** As a person reads it: `ranger, MASS 7.3-58`. */
export function describeRPackages(packages: RPackages): string {
  return [...packages].map(([name, version]) => (version === null ? name : `${name} ${version}`)).join(', ')
}

/** @throws Problem `requirements-malformed` with every package that cannot be had, by its name */
export function checkedPackages(packages: RPackages, file: string): RPackages {
  const errors = [...packages].flatMap(([name, version]): Finding[] => {
    if (ofR.has(name)) return []
    if (!packageName.test(name))
      return [fault(file, shown(name), 'the name of a package, for example ranger')]
    if (version === null || exactVersion.test(version.replace(/^>= /, ''))) return []
    return [fault(file, `${name} with the version ${shown(version)}`, 'a version, for example 1.2.3')]
  })
  if (packages.size > mostPackages)
    errors.push(fault(file, `${packages.size} packages`, `at most ${mostPackages}`))
  if (errors.length > 0) throw malformed(file, errors)
  return packages
}

const lock = z.looseObject({
  Packages: z.record(z.string(), z.looseObject({ Version: z.string(), Source: z.string().optional() })),
})

/** What renv has locked: every package, at the version of training. @throws Problem `requirements-malformed` */
export function packagesOfRenvLock(text: string): RPackages {
  const parsed = lock.safeParse(jsonOf(text))
  if (!parsed.success)
    throw malformed(renvLock, [
      fault(renvLock, 'no JSON with Packages', 'the file as renv::snapshot() writes it'),
    ])
  const packages = Object.entries(parsed.data.Packages)
  const foreign = packages.filter(
    ([name, { Source: source = 'Repository' }]) => source !== 'Repository' && !ofR.has(name),
  )
  if (foreign.length > 0)
    throw malformed(
      renvLock,
      foreign.map(([name, { Source: source }]) =>
        fault(
          renvLock,
          `${name}, which is from ${shown(source ?? '')}`,
          'packages of a repository such as CRAN',
        ),
      ),
    )
  return checkedPackages(new Map(packages.map(([name, { Version: version }]) => [name, version])), renvLock)
}

/** What a DESCRIPTION imports, depends on and links to. @throws Problem `requirements-malformed` */
export function packagesOfDescription(text: string): RPackages {
  const fields = text.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const wanted = fields.flatMap((line) => {
    const [, list] = /^(?:Imports|Depends|LinkingTo):(.*)$/.exec(line) ?? []
    return (list ?? '').split(',').flatMap((entry) => entry.trim() || [])
  })
  const packages = wanted.map((entry): [string, string | null] => {
    const [, name, relation, version] = /^(\S+?)\s*(?:\(\s*(>=|==)\s*(\S+?)\s*\))?$/.exec(entry) ?? []
    if (name === undefined) return [entry, null]
    return [name, version === undefined ? null : relation === '==' ? version : `>= ${version}`]
  })
  return checkedPackages(new Map(packages), descriptionFile)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fault(file: string, found: string, allowed: string): Finding {
  return { pointer: '', found: `${found} in ${file}`, allowed }
}

function malformed(file: string, errors: readonly Finding[]): Problem {
  const [first] = errors
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : ''
  return new Problem(
    'requirements-malformed',
    `${file} asks for what is not to be had: ${first?.found}${more}; allowed is ${first?.allowed}`,
    errors,
  )
}
