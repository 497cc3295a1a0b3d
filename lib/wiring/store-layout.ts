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

/** What becomes a lock: what was asked for, what a build made of it, why it made nothing, and the lock by its digest. */
export const lockKeys = {
  asked: (key: string) => `locks/asked/${key}`,
  resolved: (key: string) => `locks/resolved/${key}`,
  refused: (key: string) => `locks/refused/${key}`,
  /** Why an image of a Dockerfile was not built: told by a build that writes nothing else here. */
  unbuilt: (key: string) => `locks/unbuilt/${key}`,
  /** @param hex its SHA-256: never changed, and kept for as long as the store */
  lock: (hex: string) => `locks/by-digest/${hex}`,
} as const
