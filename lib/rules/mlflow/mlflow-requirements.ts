import { xgboostLines } from '../boosters/booster-requirements.ts'
import { readRequirements } from '../python/requirements-file.ts'
import type { ForeignFlavour, NativeFlavour } from './mlflow-flavour.ts'

/** Libraries that are installed by another name than their flavour's. */
const distributions: Readonly<Record<string, string>> = { sklearn: 'scikit-learn', pytorch: 'torch' }

/** What MLflow asks for on its own behalf, whatever the model is. */
const ofMlflow = ['mlflow', 'mlflow-skinny', 'mlflow-tracing', 'cloudpickle']

/** What is left out of a requirements file, and what it is then. */
export interface LeanRequirements {
  /** The text of the requirements. */
  readonly text: string
  /** The packages that nobody needs here, in their order. */
  readonly without: readonly string[]
}

/**
 * The requirements of a model that is served without MLflow: what MLflow has written, less what only MLflow needs. A
 * version with a local part (`2.4.0+cu121`) is at no package index, and stands without it.
 * @param usesDataFrames whether the model itself takes data frames
 */
export function leanRequirements(
  written: string,
  { flavour, modelClass, file, version }: NativeFlavour,
  usesDataFrames: boolean,
): LeanRequirements {
  const isBooster = flavour !== 'sklearn' && (flavour === 'xgboost' || modelClass === 'Booster')
  const unneeded = new Set([
    ...ofMlflow,
    ...(usesDataFrames ? [] : ['pandas']),
    ...(isBooster ? ['scikit-learn', 'skops'] : []),
    ...(flavour === 'sklearn' && !file.endsWith('.skops') ? ['skops'] : []),
  ])
  const { requirements } = readRequirements(written)
  const kept = requirements.filter(({ name }) => !unneeded.has(name))
  const without = requirements.filter(({ name }) => unneeded.has(name)).map(({ name }) => name)
  const own = Object.hasOwn(distributions, flavour) ? (distributions[flavour] ?? flavour) : flavour
  const lines = kept.flatMap(({ name, text }) =>
    name === 'xgboost' ? smallXgboost(text) : [text.replace(/^([^;]*==[^;+\s]+)\+[\w.]+/, '$1')],
  )
  const missing = kept.some(({ name }) => name === own) ? [] : ownLines(own, version)
  const skops =
    !isBooster && file.endsWith('.skops') && !kept.some(({ name }) => name === 'skops') ? ['skops'] : []
  const numpy = flavour === 'pytorch' && !kept.some(({ name }) => name === 'numpy') ? ['numpy'] : []
  return { text: [...lines, ...missing, ...skops, ...numpy].map((line) => `${line}\n`).join(''), without }
}

/** The requirements of a model that MLflow itself loads: what it has written, and MLflow. */
export function requirementsOfMlflow(
  written: string,
  { mlflowVersion: version }: Pick<ForeignFlavour, 'mlflowVersion'>,
): string {
  const ending = written === '' || written.endsWith('\n') ? '' : '\n'
  if (readRequirements(written).requirements.some(({ name }) => name === 'mlflow')) return written
  return `${written}${ending}mlflow${version === undefined ? '' : `==${version}`}\n`
}

function ownLines(own: string, version: string | undefined): readonly string[] {
  if (own === 'xgboost') return xgboostLines(version)
  return [version === undefined ? own : `${own}==${version}`]
}

/** The same version without what only a GPU needs, where it is pinned and no more is said of it. */
function smallXgboost(line: string): readonly string[] {
  const [, version] = /^xgboost ?== ?(\d[\d.]*)$/.exec(line) ?? []
  return version === undefined ? [line] : xgboostLines(version)
}
