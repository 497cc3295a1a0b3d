/** Where things lie in the model store. What a key under `models/` means is told by `parseReleaseKey`. */
export const modelsPrefix = 'models/'
export const recordsPrefix = 'records/'
/** What came out of archives, by its SHA-256. No upload: nothing takes notice of it. */
export const unpackedPrefix = 'unpacked/'

export function releasePrefix(model: string, version: string): string {
  return `${modelsPrefix}${model}/${version}/`
}

export function recordKey(model: string, rev: number): string {
  return `${recordsPrefix}${model}/${rev}.json`
}

export function unpackedKey(sha256: string): string {
  return `${unpackedPrefix}${sha256}`
}
