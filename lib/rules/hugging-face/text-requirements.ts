import type { TextModel } from './text-model.ts'

/** The first version of transformers for NumPy 2 and with every type that is served: what older ones saved, it reads. */
const first = [4, 48] as const

/** The packages that a model of text needs, where the release brings no requirements: sorted lines. */
export function textRequirements({ savedBy }: Pick<TextModel, 'savedBy'>): string {
  return `numpy\ntorch\n${canBeHad(savedBy) ? `transformers==${savedBy}` : `transformers>=${first.join('.')}`}\n`
}

/** Whether it is a release that is published, and not one of a checkout. */
function canBeHad(version = ''): boolean {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}$/.exec(version)?.map(Number) ?? []
  if (major === undefined || minor === undefined) return false
  return major > first[0] || (major === first[0] && minor >= first[1])
}
