import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'
import type { Inspected } from '../../lambdas/release/inspection.ts'

/**
 * Inspect a folder as a release is inspected, and write beside it what its server is told of it.
 * @param folder its name is that of the model @throws Problem
 */
export async function inspectedFolder(folder: string): Promise<Inspected> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = await Promise.all(
    found
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name))
      .map(async (place) => ({
        path: place.slice(folder.length + 1).replaceAll(sep, '/'),
        size: (await stat(place)).size,
      })),
  )
  const read = async (path: string, first?: number) => {
    if (!files.some((file) => file.path === path)) return undefined
    return new Uint8Array(await readFile(join(folder, path))).subarray(0, first)
  }
  const inspected = await inspect({ model: 'model', version: '1.0.0' }, files, read)
  const { entry, layout, signature, manifest } = inspected
  const { unsafePickle } = manifest
  await writeFile(`${folder}.json`, JSON.stringify({ entry, layout, signature, unsafePickle }))
  return inspected
}
