/** Where things lie in the model store. What a key under `models/` means is told by `parseReleaseKey`. */
export const modelsPrefix = 'models/'
export const recordsPrefix = 'records/'

export function releasePrefix(model: string, version: string): string {
  return `${modelsPrefix}${model}/${version}/`
}

export function recordKey(model: string, rev: number): string {
  return `${recordsPrefix}${model}/${rev}.json`
}
