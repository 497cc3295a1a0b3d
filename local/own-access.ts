import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unless } from './on-disk.ts'

/** What a home remembers for those who may read it: where its platform answers, and a key that opens all of it. */
export interface OwnAccess {
  readonly url: string
  readonly key: string
}

/** @param root the folder of the home @returns undefined where there is none, or it is not ours to read */
export function ownAccess(root: string): OwnAccess | undefined {
  try {
    const { url, key } = JSON.parse(readFileSync(placeIn(root), 'utf8')) as Partial<OwnAccess>
    return typeof url === 'string' && typeof key === 'string' ? { url, key } : undefined
  } catch {
    return undefined
  }
}

/** Remember it, for the user of this machine alone. */
export async function rememberAccess(root: string, access: OwnAccess): Promise<void> {
  // A home often lies in a project: what opens all of it is not to be committed by `git add .`.
  await writeFile(join(root, '.gitignore'), '*\n', { flag: 'wx' }).catch(unless('EEXIST'))
  const draft = `${placeIn(root)}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(access)}\n`, { mode: 0o600, flush: true })
  await rename(draft, placeIn(root))
}

function placeIn(root: string): string {
  return join(root, 'access.json')
}
