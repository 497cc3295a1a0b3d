import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'
import { noR } from '../harness/r.ts'
import { refused } from '../harness/refused.ts'
import { temporaryFolder } from '../harness/temporary-folder.ts'
import { call, int, list, nothing, promise, rds, symbol } from '../rules/r/rds-writer.ts'

const folder = await temporaryFolder()
const canary = join(folder, 'canary')
const sing = promise(call('file.create', canary))

/** Files that run code in an R before 4.4 as soon as somebody looks at what they hold (CVE-2024-27322). */
const hostile: readonly (readonly [string, number[]])[] = [
  ['in the place of everything', sing],
  ['in the place of the model', list({ model: sing, prototype: nothing })],
  ['in the place of the prototype', list({ model: list({}), prototype: sing })],
  ['deep in the model', list({ model: list({ forest: list({ levels: sing }) }) })],
  [
    'among the attributes of the model',
    list({ model: [...int(13 | 0x200), ...int(0), ...int(0x402), ...symbol('note'), ...sing, ...nothing] }),
  ],
]

/** Look at every value of a file, one after the other, as whoever loads a model does. */
const walk = `
walk <- function(value) {
  if (is.list(value)) for (at in seq_along(value)) { one <- value[[at]]; try(walk(one), silent = TRUE) }
  for (name in names(attributes(value))) { one <- attributes(value)[[name]]; try(walk(one), silent = TRUE) }
}
x <- readRDS(commandArgs(trailingOnly = TRUE))
try(walk(x))`

function lookAt(file: string): void {
  try {
    execFileSync('Rscript', ['--vanilla', '-e', walk, file], { stdio: 'ignore', timeout: 30_000 })
  } catch {
    // Whatever R makes of it: the canary tells.
  }
}

const isVulnerable =
  noR === undefined &&
  execFileSync('Rscript', ['--vanilla', '-e', 'cat(getRversion() < "4.4")']).toString() === 'TRUE'

describe.each(hostile)('an .rds with a promise %s', (_, value) => {
  const bytes = gzipSync(rds(...value))

  ;(isVulnerable ? test : test.skip)('sings where this R loads it', async () => {
    const file = join(folder, 'hostile.rds')
    await writeFile(file, bytes)
    lookAt(file)
    expect(existsSync(canary)).toBe(true)
    await rm(canary)
  })

  test('is refused here, and does not sing', async () => {
    const files: Record<string, Uint8Array> = {
      'cars.rds': bytes,
      'data.txt': new TextEncoder().encode('file: cars.rds\ntype: rds\napi_version: 1\n'),
    }
    const listed = Object.entries(files).map(([path, { length }]) => ({ path, size: length }))
    const problem = await refused(
      inspect({ model: 'cars', version: '1.0.0' }, listed, async (path) => files[path]),
    )
    expect([problem.code, problem.message]).toEqual(['artifact-unsafe', expect.stringContaining('a promise')])
    expect(existsSync(canary)).toBe(false)
  })
})
