import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { madeOnce } from './made-once.ts'
import { run } from './run.ts'

/** A program in Go that is one file of its own and needs nothing else, compiled once a checkout. @returns its path */
export async function goProgram(source: string): Promise<string> {
  const key = createHash('sha256')
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 12)
  const made = await madeOnce(`go-${key}`, async (folder) => {
    const environment = { CGO_ENABLED: '0', GO111MODULE: 'off' }
    await run(
      'go',
      ['build', '-trimpath', '-ldflags=-s -w', '-o', join(folder, 'program'), source],
      environment,
    )
  })
  return join(made, 'program')
}
