import semver from 'semver'
import { archiveEndings, mendOfOtherArchive } from './archive/archive-kind.ts'
import { sha256Hex } from './digest.ts'
import { oneOf, Problem, shown } from './problem.ts'

/** Names that mean something to JavaScript's objects: never a key of ours (`facts`: the one name a fuzz let through). */
const reservedNames = new Set([
  'constructor',
  'prototype',
  '__proto__',
  'hasownproperty',
  'tostring',
  'valueof',
  'isprototypeof',
])

const modelName = /^[a-z][a-z0-9-]{0,38}[a-z0-9]$/
const aliasName = /^[a-z][a-z0-9-]{0,38}$/
const longestVersion = 32

/** The alias whose traffic users call without naming one, and whose rollouts make a version accepted. */
export const liveAlias = 'live'

/** The alias of what `live` served before: read from the routing record, never moved by hand. */
export const previousAlias = 'previous'

/** @returns the name unchanged. @throws Problem `model-name-malformed` */
export function parseModelName(text: string): string {
  if (!isModelName(text))
    throw new Problem(
      'model-name-malformed',
      reservedNames.has(text)
        ? `${shown(text)} is a reserved word and cannot name a model; choose another name`
        : `${shown(text)} is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end`,
    )
  return text
}

/** Whether a text is the name of a model. */
export function isModelName(text: string): boolean {
  return modelName.test(text) && !reservedNames.has(text)
}

/**
 * A semver version without build metadata (`1.0.0+a` equals `1.0.0+b`, so it could not tell two versions apart).
 * @returns the version unchanged. @throws Problem `version-malformed`
 */
export function parseVersion(text: string): string {
  const parsed = text.length <= longestVersion ? semver.parse(text) : null
  if (parsed === null || parsed.version !== text || parsed.build.length > 0)
    throw new Problem(
      'version-malformed',
      `${shown(text)} is not a version; allowed is MAJOR.MINOR.PATCH with an optional -prerelease, ` +
        `at most ${longestVersion} characters, no build metadata, for example 1.4.0`,
    )
  return text
}

/** @returns the name unchanged. @throws Problem `alias-malformed` */
export function parseAlias(text: string): string {
  if (!aliasName.test(text) || reservedNames.has(text))
    throw new Problem(
      'alias-malformed',
      `${shown(text)} is not an alias; allowed are 1 to 39 of a-z, 0-9 and -, a letter first`,
    )
  return text
}

/** An alias that may be moved. @throws Problem `alias-malformed` */
export function parseMovableAlias(text: string): string {
  if (text === previousAlias)
    throw new Problem(
      'alias-malformed',
      `'${previousAlias}' follows '${liveAlias}' by itself; move another alias`,
    )
  return parseAlias(text)
}

/** Whether a text names an alias that may be moved. */
export function isMovableAlias(text: string): boolean {
  return text !== previousAlias && aliasName.test(text) && !reservedNames.has(text)
}

/** The kinds of artifact that may be uploaded as one object, with how each ends. */
export const wholeReleaseEndings = [
  '.onnx',
  ...archiveEndings,
  '.joblib',
  '.skops',
  '.pkl',
  '.ubj',
  '.bst',
] as const

/** What a key of the model store means. */
export interface ReleaseKey {
  readonly model: string
  readonly version: string
  /** The file's path inside the release folder; undefined where the object is the whole release. */
  readonly path?: string
}

/**
 * Read a key of the model store: `models/{model}/{version}/{path}` or `models/{model}/{version}{ending}`.
 * Every created object reaches this rule, and nothing else decides what a key means.
 * @throws Problem `store-key-malformed`, `model-name-malformed`, `version-malformed`
 */
export function parseReleaseKey(key: string): ReleaseKey {
  const [root, model, third, ...rest] = key.split('/')
  if (root !== 'models' || model === undefined || third === undefined)
    throw new Problem(
      'store-key-malformed',
      `${shown(key)} is not a place for a model; allowed are models/MODEL/VERSION/FILE and models/MODEL/VERSION.onnx`,
    )
  if (rest.length === 0) {
    const ending = wholeReleaseEndings.find((end) => third.endsWith(end))
    if (ending === undefined)
      throw new Problem(
        'store-key-malformed',
        `${shown(key)} is no release: ${mendOfOtherArchive(third) ?? `one object ends in ${oneOf(wholeReleaseEndings)}, several stand in a folder models/MODEL/VERSION/`}`,
      )
    return { model: parseModelName(model), version: parseVersion(third.slice(0, -ending.length)) }
  }
  if (rest.some((part) => part === '' || part === '.' || part === '..'))
    throw new Problem('store-key-malformed', `${shown(key)} has an empty or dotted part in its path`)
  return { model: parseModelName(model), version: parseVersion(third), path: rest.join('/') }
}

/** What the name of a platform is made of, for people. */
export const platformNameShape = '2 to 12 of a-z and 0-9, a letter first'

/** No hyphen: the rights of one platform end at the first, and must not reach another whose name begins alike. */
export function isPlatformName(text: string): boolean {
  return /^[a-z][a-z0-9]{1,11}$/.test(text)
}

/**
 * The one derived name of a version's resources on every host: `{platform ≤ 12}-{model ≤ 20}-{hash 12}`, at most 46
 * characters of a-z, 0-9 and - (Lambda allows 64, SageMaker 63 and no dots). The truth about it is in tags.
 */
export function resourceName(platform: string, model: string, version: string): string {
  const hash = sha256Hex(`${platform}\n${model}\n${version}`).slice(0, 12)
  return `${platform.slice(0, 12)}-${model.slice(0, 20)}-${hash}`.replaceAll(/-+/g, '-')
}
