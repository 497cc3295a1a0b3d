import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What is made of no bytes of a runtime: what running it leaves behind, and what shows how it is used. */
const noPart = /(?:^|[\\/])(?:__pycache__|examples?)(?:[\\/]|$)/

/** What a runtime is made of, in one word: the files of its template, and the processor. */
export async function hashOfTemplate(folder: string): Promise<string> {
  const hash = createHash('sha256').update(process.arch)
  for (const file of globSync('**/*', { cwd: folder, withFileTypes: true })) {
    const path = join(file.parentPath, file.name)
    if (file.isFile() && !noPart.test(path.slice(folder.length))) hash.update(await readFile(path))
  }
  return hash.digest('hex')
}
