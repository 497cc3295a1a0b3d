import { canonicalJson } from '../digest.ts'
import { counted, type Finding, Problem, shown } from '../problem.ts'

/** The files of a release that say which packages its program needs, as npm writes them. */
export const packageFile = 'package.json'
export const lockFile = 'package-lock.json'

/** It stands in the version's record, beside up to 150 KB of files: an item of DynamoDB has at most 400 KB. */
const mostCharacters = 100_000

/** What installing reads of a package in a lock. */
const kept = new Set([
  ...['version', 'resolved', 'integrity', 'optional', 'peer', 'inBundle', 'hasInstallScript', 'bin'],
  ...['os', 'cpu', 'libc', 'name', 'dependencies', 'optionalDependencies', 'peerDependencies'],
  ...['peerDependenciesMeta', 'bundleDependencies'],
])
const asked = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const

interface Locked {
  readonly dev?: boolean
  readonly link?: boolean
  readonly resolved?: string
  readonly integrity?: string
  readonly inBundle?: boolean
}

type Specs = Readonly<Record<string, string>>

/**
 * What a program in JavaScript needs: its lock without what is for developing it, else what its package.json asks for.
 * '' where it asks for nothing.
 * @throws Problem `requirements-malformed`
 */
export function nodeRequirements({
  lock,
  manifest,
}: {
  readonly lock?: string
  readonly manifest?: string
}): string {
  const wanted = manifest === undefined ? undefined : wantedBy(jsonObject(manifest, packageFile))
  const text = lock === undefined ? textOf(wanted ?? {}) : checkedLock(lock, wanted)
  if (text.length > mostCharacters)
    throw malformed(
      `${lock === undefined ? packageFile : lockFile} names packages in ${text.length} characters, and ${mostCharacters} are ` +
        'allowed: leave out what the program does not need, or bundle it into one file',
    )
  return text
}

/** Whether requirements are a lock: which bytes of which packages. */
export function isLock(requirements: string): boolean {
  return requirements.startsWith('{"lockfileVersion"')
}

/** How many packages a program asks for by name. */
export function askedPackages(requirements: string): number {
  return Object.keys(specsOf(requirements)).length
}

/**
 * The lock that npm made of what a package.json asks for.
 * @throws Problem `requirements-malformed` where a package that it needs is no version of a registry
 */
export function lockMade(text: string, requirements: string): string {
  refuseUnpinned(packagesOf(jsonObject(text, lockFile)), `what ${packageFile} asks for needs`)
  // npm writes no overrides into a lock, and installs none that was locked with them without them.
  return leanLock(text, JSON.parse(requirements))
}

/** How many packages a lock names. */
export function lockedPackages(lock: string): number {
  return Object.keys(packagesOf(JSON.parse(lock))).filter((path) => path !== '').length
}

/** Requirements for people: what is asked for, how many packages that locks, and whose scripts are not run. */
export function describeNodePackages(requirements: string): string {
  if (requirements === '') return ''
  const named = Object.entries(specsOf(requirements)).map(([name, spec]) => `${name} ${spec}`)
  const told = named.length > 10 ? [...named.slice(0, 10), `${named.length - 10} more`] : named
  if (!isLock(requirements)) return `${told.join(', ')}, which the first release locks`
  const scripts = Object.entries(packagesOf(JSON.parse(requirements)))
    .filter(([, one]) => one['hasInstallScript'] === true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
  const unrun = scripts.length === 0 ? '' : `; the install script of ${scripts.join(', ')} is not run`
  return `${told.join(', ')} (${counted(lockedPackages(requirements), 'package')} in its lock${unrun})`
}

function specsOf(requirements: string): Specs {
  const manifest = JSON.parse(manifestOf(requirements)) as Wanted
  return Object.assign({}, ...asked.map((field) => manifest[field]))
}

/** The package.json that a lock, or what asks for one, belongs to. */
export function manifestOf(requirements: string): string {
  const written = JSON.parse(requirements)
  return JSON.stringify(isLock(requirements) ? packagesOf(written)[''] : written)
}

/**
 * A lock as npm wrote it, without what is for people and for developing: the same packages give the same text.
 * @param wanted what the package.json beside it asks for, which may override more than the lock tells
 */
export function leanLock(text: string, wanted?: Wanted): string {
  const written = jsonObject(text, lockFile)
  const lean = Object.entries(packagesOf(written)).flatMap(([path, one]) => {
    if (path === '') return [[path, wanted ?? wantedBy(one)] as const]
    if (one.dev === true) return []
    return [[path, Object.fromEntries(Object.entries(one).filter(([key]) => kept.has(key)))] as const]
  })
  // The version stands first: it is what tells a lock.
  const packages = canonicalJson(Object.fromEntries(lean))
  return `{"lockfileVersion":3,"packages":${packages}}`
}

function checkedLock(text: string, wanted: Wanted | undefined): string {
  const lock = jsonObject(text, lockFile)
  const packages = packagesOf(lock)
  const root = wantedBy(packages[''] ?? {})
  if (wanted !== undefined && canonicalJson({ ...wanted, overrides: undefined }) !== canonicalJson(root))
    throw outOfStep(wanted, root)
  refuseUnpinned(packages, `${lockFile} holds`)
  return Object.keys(packages).every((path) => path === '' || packages[path]?.dev === true)
    ? ''
    : leanLock(text, wanted)
}

function refuseUnpinned(packages: Readonly<Record<string, Locked>>, whose: string): void {
  const errors = Object.entries(packages).flatMap(([path, one]) => faultOf(path, one))
  if (errors.length > 0)
    throw malformed(`${whose} what is not the bytes of a package in a registry: ${errors[0]?.found}`, errors)
}

function faultOf(path: string, one: Locked): Finding[] {
  if (path === '' || one.dev === true) return []
  const name = path.replace(/^.*node_modules\//, '')
  const allowed = 'a version of a registry, with its integrity'
  const pointer = `/packages/${path.replaceAll('~', '~0').replaceAll('/', '~1')}`
  const of = (what: string) => [{ pointer, found: `${shown(name)}, which is ${what}`, allowed }]
  if (one.link === true || !path.includes('node_modules/')) return of('a folder')
  if (one.resolved !== undefined && !/^https?:\/\//.test(one.resolved)) return of(`at ${shown(one.resolved)}`)
  if (one.integrity === undefined && one.inBundle !== true) return of('without an integrity')
  return []
}

type Wanted = Partial<Readonly<Record<(typeof asked)[number], Specs> & { readonly overrides: unknown }>>

/** What a package.json, or the root of a lock, asks for. */
function wantedBy(manifest: Readonly<Record<string, unknown>>): Wanted {
  const found: Record<string, unknown> = {}
  for (const field of asked) {
    const specs = manifest[field]
    if (typeof specs !== 'object' || specs === null || Object.keys(specs).length === 0) continue
    found[field] = specs as Specs
    refuseElsewhere(specs as Specs)
  }
  const { overrides } = manifest
  if (Object.keys(found).length > 0 && typeof overrides === 'object' && overrides !== null)
    found['overrides'] = overrides
  return found
}

/** A package that is no version of a registry. */
const elsewhere = /^(?:file|link|workspace|portal|git\+?\w*|https?|github|gitlab|bitbucket|gist):|^[./~]|\//

function refuseElsewhere(specs: Specs): void {
  const errors = Object.entries(specs).flatMap(([name, spec]) =>
    typeof spec === 'string' && (spec.startsWith('npm:') || !elsewhere.test(spec))
      ? []
      : [
          {
            pointer: `/dependencies/${name}`,
            found: `${shown(name)} ${shown(spec)}`,
            allowed: 'versions of a registry',
          },
        ],
  )
  if (errors.length > 0)
    throw malformed(
      `${packageFile} asks for what is no package of a registry: ${errors[0]?.found}; publish it, or put its files beside the program`,
      errors,
    )
}

function outOfStep(wanted: Wanted, root: Wanted): Problem {
  const all = (from: Wanted): Specs => Object.assign({}, ...asked.map((field) => from[field]))
  const [now, then] = [all(wanted), all(root)]
  const name =
    [...Object.keys(now), ...Object.keys(then)].find((one) => now[one] !== then[one]) ?? 'a package'
  const told = (specs: Specs) => (specs[name] === undefined ? 'does not' : `for ${shown(specs[name])}`)
  return malformed(
    `${packageFile} and ${lockFile} are not of one time: about '${name}' the one asks ${told(now)}, and the other ${told(then)}; run npm install, and push both`,
  )
}

function packagesOf(
  lock: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Locked & Record<string, unknown>>> {
  const { packages } = lock
  if (typeof packages !== 'object' || packages === null)
    throw malformed(`${lockFile} is of an npm before 7: make it anew with npm install --package-lock-only`)
  return packages as ReturnType<typeof packagesOf>
}

function textOf(wanted: Wanted): string {
  return Object.keys(wanted).length === 0 ? '' : canonicalJson(wanted)
}

function jsonObject(text: string, file: string): Readonly<Record<string, unknown>> {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (error) {
    throw malformed(`${file} is no JSON: ${Error.isError(error) ? error.message : 'it cannot be read'}`)
  }
  if (typeof found === 'object' && found !== null && !Array.isArray(found))
    return found as ReturnType<typeof jsonObject>
  throw malformed(`${file} is no object of JSON`)
}

function malformed(detail: string, errors: readonly Finding[] = []): Problem {
  return new Problem('requirements-malformed', detail, errors)
}
