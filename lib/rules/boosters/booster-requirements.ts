import type { BoosterFacts } from './booster.ts'

/** The first xgboost-cpu: the same package by the same makers without the parts for NVIDIA, 6 MB in place of 300. */
const firstWithoutGpu = [2, 1, 1] as const

/** The smallest set of packages that serves boosted trees, where the release brings no requirements: sorted lines. */
export function boosterRequirements({ library, version }: Pick<BoosterFacts, 'library' | 'version'>): string {
  if (library === 'LightGBM') return version === undefined ? 'lightgbm\n' : `lightgbm==${version}\n`
  return `${xgboostLines(version).toSorted().join('\n')}\n`
}

/** It is published for Linux only. */
export function xgboostLines(version: string | undefined): readonly string[] {
  if (version === undefined)
    return ['xgboost-cpu; sys_platform == "linux"', 'xgboost; sys_platform != "linux"']
  if (isBefore(version, firstWithoutGpu)) return [`xgboost==${version}`, 'numpy<2']
  return [`xgboost-cpu==${version}; sys_platform == "linux"`, `xgboost==${version}; sys_platform != "linux"`]
}

function isBefore(version: string, first: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  const at = first.findIndex((part, i) => parts[i] !== part)
  return at >= 0 && (parts[at] ?? 0) < (first[at] ?? 0)
}
